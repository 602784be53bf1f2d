"""The app package: the manifest and icons that you upload to Teams, made and checked."""
