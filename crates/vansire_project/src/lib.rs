//! A run: configuration, discovery, reading, analysis, suppressions, baseline, cache. Calls the scanners
//! and gathers what they find into a report.

mod bandit;
mod baseline;
pub mod cache;
mod changes;
mod comments;
pub mod configuration;
mod discovery;
mod environment;
mod error;
mod exclude;
mod follow;
mod gather;
pub mod mend;
pub mod migration;
mod models;
mod parts;
pub mod paths;
mod pylint;
mod reading;
mod run;
pub mod selection;
pub mod settings;
pub mod suggest;
mod suppression;
mod text;
mod versions;
pub mod write;

pub use baseline::Baseline;
pub use discovery::MAX_FILE_SIZE;
pub use error::{Error, describe};
pub use run::{Observer, Outcome, Phase, run};
pub use settings::{Color, Follow, Format, Layer, Pattern, Preset, Settings};
