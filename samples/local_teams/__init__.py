"""Local Teams: the Teams side on your machine, for when there is no tenant.

`world` holds the state, `connector` answers requests from it, `server` puts both behind HTTP and
a web page, `running` runs a sample against them. World and connector are pure: no sockets, no
threads, no real time.
"""
