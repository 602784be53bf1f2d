"""Offers the functions of pages/ to the pages, which call them between double braces."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import installed
from pages import (
    bench,
    conformance,
    contoso,
    diagrams,
    fuzzing,
    moved,
    playground,
    projects,
    recordings,
    repository,
    samples,
    sdks,
    sources,
    tables,
)

from samples.facts import facts
from samples.local_teams.model.history import BYTES_KEPT, MESSAGES_KEPT
from samples.shared.bulk.drain import AT_ONCE, PATIENCE, REFUSED
from samples.shared.bulk.grouping import MOMENT
from samples.shared.bulk.outbox import THREADS
from samples.shared.bulk.pace import RATE
from samples.well.broadcast.workers import TENANTS

MACROS = (
    *(samples.sample, samples.in_tabs, samples.story, samples.message_file),
    *(samples.shipped, cache(version)),
    *(recordings.recorded, recordings.side_by_side, recordings.provoked, playground.playground),
    *(projects.project_packages, projects.project_files, projects.shared_code),
    *(diagrams.diagram, repository.clone, repository.in_repository, moved.moved_sections),
    *(sources.source, sources.article, sources.day, sources.sessions),
    *(tables.errors, tables.actions, tables.sign_in_errors, tables.refusal_of),
    *(tables.limits, tables.clouds, tables.cloud_settings, tables.service_hosts),
    tables.tenant_in_create,
    *(tables.graph_permissions, tables.graph_limits, tables.graph_errors),
    *(bench.measured, bench.bench, bench.bench_of, bench.profile, bench.shown, bench.span),
    *(bench.broadcast_bench, bench.broadcast_bench_of, bench.bytes_a_recipient),
    *(fuzzing.fuzzed, fuzzing.fuzzed_of),
    bench.sdk_bench_of,
    *(bench.plan, bench.processor, bench.cores, bench.tenants_at_full_pace),
    *(
        sdks.which_sdk,
        sdks.sdk_brief,
        sdks.sdk_table,
        sdks.sdk_variables,
        sdks.sdk_packages,
        sdks.sdk_calls,
    ),
    *(sdks.client_variables, sdks.client_packages),
    *(conformance.most_probes, conformance.conformance_table, conformance.issue_link),
    *(contoso.contoso_people, contoso.contoso_chats, contoso.contoso_teams),
    *(installed.fields_of, installed.fields_sent, installed.in_words, installed.threads_of),
    *(installed.sdk_attempts, installed.repeated_statuses, installed.python_classifiers),
)


def define_env(env: Any) -> None:
    """Called by mkdocs-macros: every function of MACROS becomes a macro of its name."""
    env.variables["facts"] = facts()
    env.variables["messages_kept"] = f"{MESSAGES_KEPT:,}"
    env.variables["megabytes_kept"] = BYTES_KEPT // 1_000_000
    env.variables["pace"] = round(RATE, 1)
    env.variables["tenants_a_worker"] = TENANTS
    env.variables["at_once"] = AT_ONCE
    env.variables["refused_in_a_row"] = REFUSED
    env.variables["commits_a_second"] = round(1 / MOMENT)
    env.variables["threads"] = THREADS
    env.variables["patience_minutes"] = int(PATIENCE / 60)
    for macro in MACROS:
        env.macro(macro)
