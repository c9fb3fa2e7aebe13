//! Paths, archives, files that are written.

use vansire_flow::FlowRule;

mod archive_path_traversal;
mod path_traversal;
mod unrestricted_file_write;

pub static RULES: &[&FlowRule] =
    &[&archive_path_traversal::RULE, &path_traversal::RULE, &unrestricted_file_write::RULE];
