//! What a person or a program reads: plan text, JSON, graphs, progress.
