//! Everything that stands in this crate as data, checked: rules, models, pages, cases.

mod content;
mod run;
