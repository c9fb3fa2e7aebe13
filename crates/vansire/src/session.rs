//! What commands that read a project have in common: settings from arguments and configuration.

use std::path::PathBuf;

use vansire_project::configuration::{self, Origin};
use vansire_project::paths::{absolute, common_folder};
use vansire_project::{Error, Layer, Outcome, Settings, describe, run};
use vansire_report::Tool;

use crate::arguments::ScanArguments;
use crate::output;
use crate::progress::Progress;

/// What a run needs.
pub struct Session {
    pub settings: Settings,
    /// All options, for those that concern output.
    pub layer: Layer,
    pub working_directory: PathBuf,
}

pub fn working_directory() -> Result<PathBuf, Error> {
    std::env::current_dir()
        .map_err(|error| Error::new(format!("the working directory can't be read: {}", describe(&error))))
}

impl Session {
    /// Settles what a run is to do. `typed` holds all options of the command line.
    pub fn new(arguments: &ScanArguments, typed: Layer, working_directory: PathBuf) -> Result<Self, Error> {
        // Errors of the configuration should already be shown as asked for.
        output::choose_color(typed.color.unwrap_or_default());
        let origin = if arguments.no_config || arguments.isolated {
            Origin::None
        } else if let Some(file) = &arguments.config {
            Origin::File(absolute(file, &working_directory))
        } else {
            let paths: Vec<PathBuf> =
                arguments.paths.iter().map(|path| absolute(path, &working_directory)).collect();
            let folder = if paths.is_empty() { working_directory.clone() } else { common_folder(&paths) };
            Origin::Nearest(folder)
        };
        let layer = typed.over(configuration::load(&origin, &working_directory)?);
        output::choose_color(layer.color.unwrap_or_default());
        let settings =
            Settings::new(&working_directory, arguments.paths.clone(), &layer, arguments.isolated)?;
        Ok(Self { settings, layer, working_directory })
    }

    /// Runs the analysis, with a progress bar where there is somebody to see it.
    pub fn run(&self) -> Result<Outcome, Error> {
        let progress = Progress::new(self.layer.quiet.unwrap_or(false));
        let tool = Tool { name: "vansire", version: env!("CARGO_PKG_VERSION") };
        let outcome = run(&self.settings, tool, &progress);
        progress.finish();
        if self.layer.verbose.unwrap_or(false) && outcome.is_ok() {
            for line in progress.times() {
                output::talk(&line);
            }
        }
        outcome
    }
}
