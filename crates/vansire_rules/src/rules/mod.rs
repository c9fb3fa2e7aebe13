//! One folder per area, one file per rule with its page beside it.

use vansire_flow::FlowRule;

mod cryptography;
mod deserialization;
mod files;
mod injection;
mod resources;
mod web;

/// The lists of the areas.
pub(crate) static AREAS: &[&[&FlowRule]] = &[
    cryptography::RULES,
    deserialization::RULES,
    files::RULES,
    injection::RULES,
    resources::RULES,
    web::RULES,
];
