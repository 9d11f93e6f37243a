//! The integration program: one file per topic.
