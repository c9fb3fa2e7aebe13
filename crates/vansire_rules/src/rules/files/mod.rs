//! Paths, archives, files that are written.

use vansire_flow::FlowRule;

mod archive_extraction_without_filter;
mod archive_path_traversal;
mod file_checked_then_used;
mod insecure_temporary_file;
mod path_traversal;
mod predictable_temporary_file;
mod time_of_check_time_of_use;
mod unrestricted_file_write;
mod world_writable_file;

pub static RULES: &[&FlowRule] = &[
    &archive_extraction_without_filter::RULE,
    &archive_path_traversal::RULE,
    &file_checked_then_used::RULE,
    &insecure_temporary_file::RULE,
    &path_traversal::RULE,
    &predictable_temporary_file::RULE,
    &time_of_check_time_of_use::RULE,
    &unrestricted_file_write::RULE,
    &world_writable_file::RULE,
];
