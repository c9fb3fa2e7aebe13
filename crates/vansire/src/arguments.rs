//! What can be typed. What it means is decided by `vansire_project::Settings`.

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use vansire_finding::{Confidence, Severity};
use vansire_project::cache::Place;
use vansire_project::settings::THREATS;
use vansire_project::{Color, Format, Layer, Pattern, Preset};

/// Find what can be attacked in Python code, by whom, along which path
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check Python code
    Check(Box<CheckArguments>),
    /// List the rules
    Rules(RulesArguments),
    /// Explain a rule
    Rule(RuleArguments),
    /// Print the call graph as JSON
    Graph(GraphArguments),
    /// Write a configuration to start with
    Init(InitArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 nothing found, 1 findings, 2 an error")]
pub struct CheckArguments {
    #[command(flatten)]
    pub scan: ScanArguments,

    /// Follow data through the installed packages that the project imports, too
    #[arg(long, help_heading = "Analysis")]
    pub follow_imports: bool,
    /// Where they are installed: an interpreter, or the folder of an environment [default: the active environment,
    /// else `.venv` or `venv` in the root of the project]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Analysis")]
    pub python: Option<PathBuf>,

    /// How findings are written
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatName>,
    /// Write findings to a file
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Which checks: what is worth reading, what Bandit reports, or all that could be looked at [default: default]
    #[arg(long, value_name = "PRESET", value_parser = preset(), help_heading = "Rules")]
    pub preset: Option<Preset>,
    /// Only these rules: names, aliases (`B608`), areas (`injection`), globs (`weak-*`), `ALL`
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub select: Option<Vec<String>>,
    /// These rules too
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub extend_select: Option<Vec<String>>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub ignore: Option<Vec<String>>,
    /// Only findings this severe, or worse
    #[arg(long, value_name = "SEVERITY", value_parser = severity(), help_heading = "Rules")]
    pub min_severity: Option<Severity>,
    /// Only findings this sure, or surer
    #[arg(long, value_name = "CONFIDENCE", value_parser = confidence(), help_heading = "Rules")]
    pub min_confidence: Option<Confidence>,

    /// Warn about comments that accept a finding which isn't there
    #[arg(long, help_heading = "Rules")]
    pub report_unused_suppressions: bool,

    /// Leave out findings that this file accepts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Baseline")]
    pub baseline: Option<PathBuf>,
    /// Accept all findings from now on: write them to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Baseline")]
    pub write_baseline: Option<PathBuf>,

    /// Only findings on lines that have changed since this revision of git's, or whose data passes through one; without
    /// a revision and with `--fix`, print what would be changed as a patch
    #[arg(long, value_name = "REVISION", num_args = 0..=1, help_heading = "Baseline")]
    pub diff: Option<Option<String>>,

    /// Mend what can be mended without changing what the program does otherwise
    #[arg(long, help_heading = "Fixes")]
    pub fix: bool,
    /// Mend the rest, too, where something else may have to change as well
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,

    /// Exit with status 0 even when there are findings
    #[arg(long)]
    pub exit_zero: bool,
    /// Count findings by rule, and what the analysis did
    #[arg(long)]
    pub statistics: bool,
}

/// What all commands have that read a project.
#[derive(Debug, Args)]
pub struct ScanArguments {
    /// Files and folders; the working directory if none is given
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Leave out these files and folders, in place of the default list
    #[arg(long, value_name = "GLOBS", value_delimiter = ',', help_heading = "Files")]
    pub exclude: Option<Vec<String>>,
    /// Leave out these files and folders, too
    #[arg(long, value_name = "GLOBS", value_delimiter = ',', help_heading = "Files")]
    pub extend_exclude: Option<Vec<String>>,

    /// Whose data counts: that of remote clients, of local users, of the database, of a library's
    /// callers [default: remote; library, too, for a package with next to no entry points]
    #[arg(
        long,
        value_name = "THREATS",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(THREATS),
        help_heading = "Analysis"
    )]
    pub threat: Option<Vec<String>>,
    /// More models of libraries: a folder of TOML files, or one file
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Analysis")]
    pub models: Option<Vec<PathBuf>>,
    /// Neither use nor keep results of earlier runs
    #[arg(
        long,
        env = "VANSIRE_NO_CACHE",
        hide_env_values = true,
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        help_heading = "Analysis"
    )]
    pub no_cache: bool,
    /// Keep results in this folder [default: `.vansire_cache` in the root of the project]
    #[arg(
        long,
        value_name = "FOLDER",
        value_hint = ValueHint::DirPath,
        env = "VANSIRE_CACHE_DIR",
        hide_env_values = true,
        help_heading = "Analysis"
    )]
    pub cache_dir: Option<PathBuf>,
    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "NUMBER", help_heading = "Analysis")]
    pub threads: Option<usize>,

    /// Use this configuration file
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["no_config", "isolated"],
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,
    /// Ignore configuration files
    #[arg(long, help_heading = "Configuration")]
    pub no_config: bool,
    /// Ignore configuration files and the project's own models
    #[arg(long, help_heading = "Configuration")]
    pub isolated: bool,

    #[command(flatten)]
    pub talk: TalkArguments,
}

/// How a command talks.
#[derive(Clone, Copy, Debug, Args)]
pub struct TalkArguments {
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Talk")]
    pub color: Option<ColorName>,
    /// Print nothing but findings and errors
    #[arg(short, long, help_heading = "Talk", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print every step of long paths, and what takes how long
    #[arg(short, long, help_heading = "Talk", action = ArgAction::SetTrue)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct RulesArguments {
    /// Only these rules: names, aliases, areas, globs
    #[arg(value_name = "RULES")]
    pub rules: Vec<String>,
    /// How the list is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: PageFormat,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    pub color: Option<ColorName>,
}

#[derive(Debug, Args)]
pub struct RuleArguments {
    /// The name of a rule, or an alias such as `B608`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How the page is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: PageFormat,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    pub color: Option<ColorName>,
}

#[derive(Debug, Args)]
pub struct GraphArguments {
    #[command(flatten)]
    pub scan: ScanArguments,
    /// Write the graph to a file
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// Take over Bandit's configuration: from this file, or from `.bandit`, `bandit.yaml` or `pyproject.toml`
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_hint = ValueHint::FilePath)]
    pub from_bandit: Option<Option<PathBuf>>,
    /// Write over a configuration that is there
    #[arg(long)]
    pub force: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN")]
    pub color: Option<ColorName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormatName {
    /// For people
    Text,
    /// Vansire's own, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PageFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ColorName {
    Auto,
    Always,
    Never,
}

impl From<ColorName> for Color {
    fn from(name: ColorName) -> Self {
        match name {
            ColorName::Auto => Self::Auto,
            ColorName::Always => Self::Always,
            ColorName::Never => Self::Never,
        }
    }
}

fn preset() -> impl TypedValueParser<Value = Preset> {
    let names = Preset::ALL.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|name| {
        Preset::ALL
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, preset)| preset)
            .unwrap_or_default()
    })
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    let names = Severity::ALL.map(Severity::as_str);
    PossibleValuesParser::new(names).map(|name| {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == name).unwrap_or(Severity::Info)
    })
}

fn confidence() -> impl TypedValueParser<Value = Confidence> {
    let names = Confidence::ALL.map(Confidence::as_str);
    PossibleValuesParser::new(names)
        .map(|name| Confidence::ALL.into_iter().find(|it| it.as_str() == name).unwrap_or(Confidence::Low))
}

impl ScanArguments {
    /// The options that were typed. Globs are relative to the working directory.
    pub fn layer(&self, working_directory: &std::path::Path) -> Layer {
        let patterns = |globs: &Option<Vec<String>>| {
            globs.as_ref().map(|globs| {
                let pattern =
                    |glob: &String| Pattern { glob: glob.clone(), base: working_directory.to_owned() };
                globs.iter().map(pattern).collect()
            })
        };
        Layer {
            exclude: patterns(&self.exclude),
            extend_exclude: patterns(&self.extend_exclude),
            threat: self.threat.clone(),
            models: self.models.clone(),
            threads: self.threads,
            cache: match &self.cache_dir {
                _ if self.no_cache => Some(Place::None),
                Some(folder) => Some(Place::Folder(working_directory.join(folder))),
                None => None,
            },
            color: self.talk.color.map(Color::from),
            quiet: self.talk.quiet.then_some(true),
            verbose: self.talk.verbose.then_some(true),
            ..Layer::default()
        }
    }
}

impl CheckArguments {
    /// `--fix --diff src`: what stands behind `--diff` is what to scan where a file or folder is called so.
    pub fn settle(&mut self) {
        if let Some(Some(word)) = &self.diff
            && (self.fix || self.unsafe_fixes)
            && std::path::Path::new(word).exists()
        {
            self.scan.paths.insert(0, PathBuf::from(word));
            self.diff = Some(None);
        }
    }

    pub fn layer(&self, working_directory: &std::path::Path) -> Layer {
        Layer {
            preset: self.preset,
            report_unused_suppressions: self.report_unused_suppressions.then_some(true),
            select: self.select.clone(),
            extend_select: self.extend_select.clone(),
            ignore: self.ignore.clone(),
            min_severity: self.min_severity,
            min_confidence: self.min_confidence,
            baseline: self.baseline.clone(),
            diff: self.diff.clone().flatten(),
            fix: (self.fix || self.unsafe_fixes).then_some(true),
            unsafe_fixes: self.unsafe_fixes.then_some(true),
            format: self.format.map(|format| match format {
                FormatName::Text => Format::Text,
                FormatName::Json => Format::Json,
                FormatName::Sarif => Format::Sarif,
            }),
            output: self.output.clone(),
            exit_zero: self.exit_zero.then_some(true),
            statistics: self.statistics.then_some(true),
            follow_imports: self.follow_imports.then_some(true),
            python: self.python.clone(),
            ..self.scan.layer(working_directory)
        }
    }
}
