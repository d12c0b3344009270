"""Things with no opinion about pictures: errors, lookup by file name, configuration, files, progress."""
