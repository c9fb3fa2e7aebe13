//! One folder per area, one file per rule with its page beside it.

use vansire_flow::FlowRule;

mod authentication;
mod configuration;
mod cryptography;
mod deserialization;
mod files;
mod injection;
mod resources;
mod source;
mod transport;
mod web;

/// The lists of the areas.
pub(crate) static AREAS: &[&[&FlowRule]] = &[
    authentication::RULES,
    configuration::RULES,
    cryptography::RULES,
    deserialization::RULES,
    files::RULES,
    injection::RULES,
    resources::RULES,
    source::RULES,
    transport::RULES,
    web::RULES,
];
