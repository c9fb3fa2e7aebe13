//! What a run is asked to do: what was typed and what the configuration says, kept apart from what
//! it comes to.

use std::path::{Path, PathBuf};

use vansire_finding::{Confidence, Severity};
use vansire_flow::Threats;
use vansire_rules::bandit::{Options, Sections};

use crate::selection::{PerFile, Selection};
use crate::suppression::Policy;
use crate::{Error, cache};

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

/// A set of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// What is worth reading: what the analysis knows.
    #[default]
    Default,
    /// What Bandit reports, and nothing else.
    Bandit,
    /// What the analysis knows, and where it doesn't know, what Bandit guesses.
    Audit,
}

impl Preset {
    pub const ALL: [(&str, Self); 3] =
        [("default", Self::Default), ("bandit", Self::Bandit), ("audit", Self::Audit)];
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// A glob, with the folder to which it is relative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub glob: String,
    pub base: PathBuf,
}

/// The options of one origin, the command line or a configuration file; what it doesn't say is
/// `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// Settings of Bandit's tests, by section and key.
    pub bandit: Option<Sections>,
    /// For files that match a pattern, the rules that don't count there.
    pub per_file_ignores: Option<Vec<(Pattern, Vec<String>)>>,
    pub require_reason: Option<bool>,
    pub report_unused_suppressions: Option<bool>,
    pub preset: Option<Preset>,
    pub select: Option<Vec<String>>,
    pub extend_select: Option<Vec<String>>,
    pub ignore: Option<Vec<String>>,
    pub exclude: Option<Vec<Pattern>>,
    pub extend_exclude: Option<Vec<Pattern>>,
    pub min_severity: Option<Severity>,
    pub min_confidence: Option<Confidence>,
    pub baseline: Option<PathBuf>,
    pub diff: Option<String>,
    /// Whether files are to be mended, by safe fixes.
    pub fix: Option<bool>,
    /// By unsafe ones, too.
    pub unsafe_fixes: Option<bool>,
    pub threat: Option<Vec<String>>,
    pub threads: Option<usize>,
    pub models: Option<Vec<PathBuf>>,
    pub format: Option<Format>,
    pub output: Option<PathBuf>,
    pub color: Option<Color>,
    pub exit_zero: Option<bool>,
    pub quiet: Option<bool>,
    pub verbose: Option<bool>,
    pub statistics: Option<bool>,
    pub cache: Option<cache::Place>,
    pub follow_imports: Option<bool>,
    pub python: Option<PathBuf>,
}

impl Layer {
    /// This layer, with what it doesn't say taken from the one below.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            bandit: self.bandit.or(below.bandit),
            per_file_ignores: joined(self.per_file_ignores, below.per_file_ignores),
            require_reason: self.require_reason.or(below.require_reason),
            report_unused_suppressions: self.report_unused_suppressions.or(below.report_unused_suppressions),
            preset: self.preset.or(below.preset),
            select: self.select.or(below.select),
            extend_select: joined(self.extend_select, below.extend_select),
            ignore: self.ignore.or(below.ignore),
            exclude: self.exclude.or(below.exclude),
            extend_exclude: joined(self.extend_exclude, below.extend_exclude),
            min_severity: self.min_severity.or(below.min_severity),
            min_confidence: self.min_confidence.or(below.min_confidence),
            baseline: self.baseline.or(below.baseline),
            diff: self.diff.or(below.diff),
            fix: self.fix.or(below.fix),
            unsafe_fixes: self.unsafe_fixes.or(below.unsafe_fixes),
            threat: self.threat.or(below.threat),
            threads: self.threads.or(below.threads),
            models: joined(self.models, below.models),
            format: self.format.or(below.format),
            output: self.output.or(below.output),
            color: self.color.or(below.color),
            exit_zero: self.exit_zero.or(below.exit_zero),
            quiet: self.quiet.or(below.quiet),
            verbose: self.verbose.or(below.verbose),
            statistics: self.statistics.or(below.statistics),
            cache: self.cache.or(below.cache),
            follow_imports: self.follow_imports.or(below.follow_imports),
            python: self.python.or(below.python),
        }
    }
}

/// Options that add to others keep what the layer below adds.
fn joined<T>(above: Option<Vec<T>>, below: Option<Vec<T>>) -> Option<Vec<T>> {
    match (above, below) {
        (Some(above), Some(mut below)) => {
            below.extend(above);
            Some(below)
        }
        (above, below) => above.or(below),
    }
}

/// What the layers come to.
#[derive(Debug)]
pub struct Settings {
    pub working_directory: PathBuf,
    /// As typed; never empty.
    pub paths: Vec<PathBuf>,
    pub preset: Preset,
    /// What Bandit's tests are told.
    pub bandit: Options,
    /// Rules that don't count in some of the files.
    pub per_file: PerFile,
    /// What comments that accept findings have to be like.
    pub suppressions: Policy,
    pub selection: Selection,
    /// In place of the folders that are left out by default.
    pub exclude: Option<Vec<Pattern>>,
    pub extend_exclude: Vec<Pattern>,
    pub min_severity: Severity,
    pub min_confidence: Confidence,
    pub baseline: Option<PathBuf>,
    /// Only what has changed since this revision of git's.
    pub diff: Option<String>,
    /// Whether findings come with fixes.
    pub fixes: bool,
    pub threats: Threats,
    /// Whether nobody said whose data counts: then that of a library's callers does, where nothing else comes in.
    pub threats_by_default: bool,
    /// 0 for as many as there are processors.
    pub threads: usize,
    /// Folders of models, or single ones.
    pub models: Vec<PathBuf>,
    /// Whether models in `.vansire/models` count.
    pub project_models: bool,
    /// Where what earlier runs found is kept.
    pub cache: cache::Place,
    /// Whether the call graph is wanted.
    pub call_graph: bool,
    /// Whether imports are followed into installed packages.
    pub follow: Option<Follow>,
}

/// Where installed packages are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follow {
    /// An interpreter, or the folder of an environment.
    pub python: Option<PathBuf>,
    /// The environment that is active in the shell.
    pub active: Option<PathBuf>,
}

impl Settings {
    pub fn new(
        working_directory: &Path,
        paths: Vec<PathBuf>,
        layer: &Layer,
        isolated: bool,
    ) -> Result<Self, Error> {
        let selection = Selection::new(
            layer.select.as_deref(),
            layer.extend_select.as_deref().unwrap_or_default(),
            layer.ignore.as_deref().unwrap_or_default(),
        )?;
        Ok(Self {
            working_directory: working_directory.to_owned(),
            paths: if paths.is_empty() { vec![PathBuf::from(".")] } else { paths },
            preset: layer.preset.unwrap_or_default(),
            bandit: layer.bandit.as_ref().map(Options::of).unwrap_or_default(),
            per_file: PerFile::new(layer.per_file_ignores.as_deref().unwrap_or_default())?,
            suppressions: Policy {
                require_reason: layer.require_reason.unwrap_or(false),
                report_unused: layer.report_unused_suppressions.unwrap_or(false),
            },
            selection,
            exclude: layer.exclude.clone(),
            extend_exclude: layer.extend_exclude.clone().unwrap_or_default(),
            min_severity: layer.min_severity.unwrap_or(Severity::Info),
            min_confidence: layer.min_confidence.unwrap_or(Confidence::Low),
            baseline: layer.baseline.clone(),
            diff: layer.diff.clone(),
            fixes: layer.fix.unwrap_or(false) || layer.preset != Some(Preset::Bandit),
            threats: threats(layer.threat.as_deref())?,
            threats_by_default: layer.threat.is_none(),
            threads: layer.threads.unwrap_or(0),
            models: layer.models.clone().unwrap_or_default(),
            project_models: !isolated,
            cache: layer.cache.clone().unwrap_or_default(),
            call_graph: false,
            follow: layer.follow_imports.unwrap_or(false).then(|| Follow {
                python: layer.python.clone(),
                active: std::env::var_os("VIRTUAL_ENV").filter(|value| !value.is_empty()).map(PathBuf::from),
            }),
        })
    }
}

/// The names of the threats.
pub const THREATS: [&str; 4] = ["remote", "local", "database", "library"];

fn threats(names: Option<&[String]>) -> Result<Threats, Error> {
    let Some(names) = names else { return Ok(Threats::default()) };
    let mut threats = Threats { remote: false, local: false, database: false, library: false };
    for name in names {
        match name.as_str() {
            "remote" => threats.remote = true,
            "local" => threats.local = true,
            "database" => threats.database = true,
            "library" => threats.library = true,
            _ => {
                return Err(Error::new(format!("unknown threat `{name}`"))
                    .with_hint(format!("the threats are {}", crate::text::list(&THREATS))));
            }
        }
    }
    Ok(threats)
}
