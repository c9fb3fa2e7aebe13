//! Development tasks: `cargo xtask TASK`.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a tool for developers, run at a terminal

use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod bench;
mod corpus;
mod growth;
mod measure;
mod others;
mod packages;
mod parity;
mod schema;
mod shapes;
mod tidy;

const USAGE: &str = "usage: cargo xtask TASK

tasks:
  tidy                   check what the compiler doesn't: dependencies of crates, purity, sizes, pages
  schema                 write the JSON Schema of the JSON report
  corpus [--only NAME]   scan pinned packages from PyPI; results go to docs/measurements.md
  bench                  measure the time and memory of a scan; results go to docs/measurements.md
  parity [--only NAME]   compare findings with those of Bandit, Ruff, Dlint and Pylint, which are installed for it;
                         what they report is kept, results go to docs/measurements.md
  growth [--only SHAPE]  measure how both grow when code doubles; results go to docs/measurements.md

options of corpus, parity, bench and growth:
  --folder FOLDER        where packages are kept [default: vansire-corpus in the temporary folder]
  --binary FILE          measure this binary instead of building one

options of bench:
  --ruff FILE            measure this Ruff beside it [default: the one on the path of the shell, if any]
  --bandit FILE          measure this Bandit beside it [default: the one on the path of the shell, if any]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((task, rest)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = match task.as_str() {
        "tidy" => tidy::run(),
        "schema" => schema::run(),
        "corpus" => Options::read(rest).and_then(|options| corpus::run(&options)),
        "parity" => Options::read(rest).and_then(|options| parity::run(&options)),
        "growth" => Options::read(rest).and_then(|options| growth::run(&options)),
        "bench" => Options::read(rest).and_then(|options| bench::run(&options)),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The options of the tasks that measure.
struct Options {
    only: Option<String>,
    folder: PathBuf,
    binary: Option<PathBuf>,
    ruff: Option<PathBuf>,
    bandit: Option<PathBuf>,
}

impl Options {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self {
            only: None,
            folder: std::env::temp_dir().join("vansire-corpus"),
            binary: None,
            ruff: None,
            bandit: None,
        };
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let Some(value) = arguments.next() else { anyhow::bail!("`{name}` needs a value") };
            match name.as_str() {
                "--only" => options.only = Some(value.clone()),
                "--folder" => options.folder = std::path::absolute(value)?,
                "--binary" => options.binary = Some(std::path::absolute(value)?),
                "--ruff" => options.ruff = Some(std::path::absolute(value)?),
                "--bandit" => options.bandit = Some(std::path::absolute(value)?),
                _ => anyhow::bail!("unknown option `{name}`\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

/// The folder of the workspace.
fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_owned()
}
