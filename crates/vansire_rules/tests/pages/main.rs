//! Everything that stands in this crate as data, checked: rules, models, pages.

mod content;
