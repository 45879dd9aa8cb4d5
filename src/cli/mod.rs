//! One file a command: arguments in, pipeline called, report out.
