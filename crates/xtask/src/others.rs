//! Other tools that look for the same: what they cost on the same files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::Options;

/// A tool that is there, ready to be measured.
pub struct Other {
    /// With its version, and how it is called.
    pub what: String,
    pub program: PathBuf,
    pub arguments: &'static [&'static str],
}

/// Its security rules only, every file read anew, no configuration of anybody's.
const RUFF: &[&str] = &["check", "--select", "S", "--no-cache", "--isolated", "--exit-zero", "--quiet"];

const BANDIT: &[&str] = &["-r", "-q", "--exit-zero"];

/// Those of the tools that were named or are on the path of the shell.
pub fn find(options: &Options) -> anyhow::Result<Vec<Other>> {
    let mut found = Vec::new();
    for (name, named, arguments, shown) in [
        ("ruff", &options.ruff, RUFF, "ruff check --select S --no-cache --isolated"),
        ("bandit", &options.bandit, BANDIT, "bandit -r -q"),
    ] {
        let Some(program) = named.clone().or_else(|| on_search_path(name)) else {
            println!("{name} is not measured: it is not on the path, and `--{name} FILE` doesn't name one");
            continue;
        };
        let version = version(&program)?;
        found.push(Other { what: format!("`{shown}` ({version})"), program, arguments });
    }
    Ok(found)
}

/// The first line of what it says of its version: name and number.
fn version(program: &Path) -> anyhow::Result<String> {
    let done = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("{} could not be run", program.display()))?;
    if !done.status.success() {
        bail!("{} doesn't tell its version", program.display());
    }
    let text = String::from_utf8_lossy(&done.stdout);
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn on_search_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|path| path.is_file())
}
