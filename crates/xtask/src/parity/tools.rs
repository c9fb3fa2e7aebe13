//! The tools that are compared: how each is called, and what it reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::{Value, json};

/// Path, line, test, severity, confidence; the last two are empty where a tool has none.
pub type Hit = (String, u64, String, String, String);

/// Another tool.
#[derive(Debug)]
pub struct Tool {
    pub name: &'static str,
    program: &'static str,
    pub version: &'static str,
    arguments: &'static [&'static str],
    read: fn(&str, &Path) -> anyhow::Result<Report>,
}

/// What is installed besides: Dlint is a plugin of Flake8's.
const HOST: &str = "flake8==7.5.0";

pub const TOOLS: [Tool; 4] = [
    Tool {
        name: "Bandit",
        program: "bandit",
        version: "1.9.4",
        arguments: &["-q", "-r", ".", "-f", "json"],
        read: bandit,
    },
    Tool {
        name: "Ruff",
        program: "ruff",
        version: "0.17.6",
        arguments: &[
            "check",
            "--isolated",
            "--no-cache",
            "--exit-zero",
            "--output-format",
            "json",
            "--select",
            "S,PLE2502,PLW1508,PLW1509,PLW1510",
            ".",
        ],
        read: ruff,
    },
    Tool {
        name: "Dlint",
        program: "flake8",
        version: "0.17.0",
        arguments: &[
            "--isolated",
            "--exit-zero",
            "--jobs",
            "1",
            "--select",
            "DUO",
            "--format",
            "%(path)s\t%(row)d\t%(code)s",
            ".",
        ],
        read: dlint,
    },
    Tool {
        name: "Pylint",
        program: "pylint",
        version: "4.1.4",
        arguments: &[
            "--rcfile=/dev/null",
            "--disable=all",
            "--enable=exec-used,eval-used,subprocess-popen-preexec-fn,subprocess-run-check,bad-open-mode",
            "--output-format=json",
            "--recursive=y",
            ".",
        ],
        read: pylint,
    },
];

/// What a tool reported of a package.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub hits: Vec<Hit>,
    /// Files that it couldn't parse.
    pub skipped: Vec<String>,
}

impl Tool {
    /// Runs the tool in a folder.
    pub fn run(&self, programs: &Path, folder: &Path) -> anyhow::Result<Report> {
        let mut command = Command::new(programs.join(self.program));
        command.args(self.arguments).current_dir(folder);
        let output = command.output().with_context(|| format!("{command:?} could not be run"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        (self.read)(&text, folder).with_context(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("{command:?}: {}", said.lines().last().unwrap_or("it wrote something else"))
        })
    }

    /// Where its report of a package is kept.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}.json", self.name.to_lowercase(), self.version))
    }

    /// A report that was kept, unless the tool was called in another way then.
    pub fn kept(&self, folder: &Path) -> Option<Report> {
        let text = std::fs::read_to_string(self.file(folder)).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        if value["arguments"] != json!(self.arguments) {
            return None;
        }
        Report::of(&value)
    }

    /// Keeps a report, written beside its place first: an interrupted run leaves no half of one.
    pub fn keep(&self, folder: &Path, report: &Report) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let file = self.file(folder);
        let unfinished = file.with_extension("unfinished");
        std::fs::write(&unfinished, serde_json::to_string(&report.value(self.arguments))?)?;
        std::fs::rename(&unfinished, &file).with_context(|| file.display().to_string())
    }
}

impl Report {
    fn value(&self, arguments: &[&str]) -> Value {
        json!({ "arguments": arguments, "hits": self.hits, "skipped": self.skipped })
    }

    fn of(value: &Value) -> Option<Self> {
        let word = |one: &Value| one.as_str().map(str::to_owned);
        let hit = |one: &Value| {
            Some((word(&one[0])?, one[1].as_u64()?, word(&one[2])?, word(&one[3])?, word(&one[4])?))
        };
        Some(Self {
            hits: value["hits"].as_array()?.iter().map(hit).collect::<Option<_>>()?,
            skipped: value["skipped"].as_array()?.iter().map(word).collect::<Option<_>>()?,
        })
    }
}

/// Installs the tools from PyPI into a folder of their own, unless they are there.
pub fn install(folder: &Path) -> anyhow::Result<PathBuf> {
    let programs = folder.join("bin");
    if !programs.join("pylint").exists() {
        let all: Vec<String> = TOOLS
            .iter()
            .map(|tool| format!("{}=={}", tool.name.to_lowercase(), tool.version))
            .chain([HOST.to_owned()])
            .collect();
        println!("installing {} into {}", all.join(", "), folder.display());
        quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        quietly(Command::new(programs.join("python")).args(["-m", "pip", "install", "--quiet"]).args(all))?;
    }
    Ok(programs)
}

/// The example files of Bandit's own tests, from its archive of sources.
pub fn examples(folder: &Path) -> anyhow::Result<PathBuf> {
    let target = folder.join("bandit-sources");
    let found = |target: &Path| -> Option<PathBuf> {
        let inner = std::fs::read_dir(target).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        inner.map(|path| path.join("examples")).find(|path| path.is_dir())
    };
    if let Some(found) = found(&target) {
        return Ok(found);
    }
    std::fs::create_dir_all(&target)?;
    quietly(
        Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"])
            .arg(&target)
            .arg(format!("bandit=={}", TOOLS[0].version)),
    )?;
    let archive = std::fs::read_dir(&target)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().ends_with(".tar.gz"))
        .context("no archive of Bandit's sources was downloaded")?;
    quietly(Command::new("python3").args(["-m", "tarfile", "-e"]).arg(archive).arg(&target))?;
    found(&target).context("Bandit's sources hold no examples")
}

fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let done = command.status().with_context(|| format!("{command:?} could not be run"))?;
    if !done.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}

/// Our findings, with how often each is there.
pub fn ours(binary: &Path, folder: &Path, preset: &str) -> anyhow::Result<BTreeMap<Hit, usize>> {
    let mut command = Command::new(binary);
    command.args(["check", "--isolated", "--no-cache", "--format", "json", "--preset", preset, "."]);
    let output =
        command.current_dir(folder).output().with_context(|| format!("{command:?} could not be run"))?;
    let report = parse(&String::from_utf8_lossy(&output.stdout)).with_context(|| format!("{command:?}"))?;
    let findings = items(&report["findings"]).map(|finding| {
        (
            text(finding, "path"),
            finding["start"]["line"].as_u64().unwrap_or(0),
            text(finding, "code"),
            text(finding, "severity"),
            text(finding, "confidence"),
        )
    });
    Ok(counted(findings))
}

/// How often each is there.
pub fn counted(hits: impl Iterator<Item = Hit>) -> BTreeMap<Hit, usize> {
    let mut counts = BTreeMap::new();
    for hit in hits {
        *counts.entry(hit).or_default() += 1;
    }
    counts
}

fn parse(output: &str) -> anyhow::Result<Value> {
    serde_json::from_str(output).context("it wrote no JSON")
}

fn normal(path: &str, folder: &Path) -> String {
    let path = path.strip_prefix(&*folder.to_string_lossy()).unwrap_or(path);
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn bandit(output: &str, folder: &Path) -> anyhow::Result<Report> {
    let report = parse(output)?;
    let hits = items(&report["results"]).map(|result| {
        (
            normal(&text(result, "filename"), folder),
            result["line_number"].as_u64().unwrap_or(0),
            text(result, "test_id"),
            text(result, "issue_severity").to_lowercase(),
            text(result, "issue_confidence").to_lowercase(),
        )
    });
    let skipped = items(&report["errors"]).map(|error| normal(&text(error, "filename"), folder));
    Ok(Report { hits: hits.collect(), skipped: skipped.collect() })
}

fn ruff(output: &str, folder: &Path) -> anyhow::Result<Report> {
    // Ruff resolves links in the names of folders.
    let folder = folder.canonicalize()?;
    let report = parse(output)?;
    let hits = items(&report).map(|one| {
        let line = one["location"]["row"].as_u64().unwrap_or(0);
        plain(normal(&text(one, "filename"), &folder), line, text(one, "code"))
    });
    let is_check = |(_, _, code, ..): &Hit| code != "invalid-syntax" && !code.is_empty();
    Ok(Report { hits: hits.filter(is_check).collect(), skipped: Vec::new() })
}

fn pylint(output: &str, folder: &Path) -> anyhow::Result<Report> {
    let report = parse(output)?;
    let hits = items(&report).map(|one| {
        plain(normal(&text(one, "path"), folder), one["line"].as_u64().unwrap_or(0), text(one, "symbol"))
    });
    Ok(Report { hits: hits.collect(), skipped: Vec::new() })
}

fn dlint(output: &str, folder: &Path) -> anyhow::Result<Report> {
    let hits = output.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some(plain(normal(parts.next()?, folder), parts.next()?.parse().ok()?, parts.next()?.to_owned()))
    });
    Ok(Report { hits: hits.collect(), skipped: Vec::new() })
}

fn plain(path: String, line: u64, code: String) -> Hit {
    (path, line, code, String::new(), String::new())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Report, TOOLS, dlint, plain};

    #[test]
    fn reports_are_kept_for_the_same_call_only() {
        let folder = tempfile::tempdir().unwrap();
        let report = Report { hits: vec![plain("a.py".to_owned(), 3, "S101".to_owned())], skipped: vec![] };
        assert_eq!(TOOLS[1].kept(folder.path()), None);
        TOOLS[1].keep(folder.path(), &report).unwrap();
        assert_eq!(TOOLS[1].kept(folder.path()), Some(report));
        let file = TOOLS[1].file(folder.path());
        let other = std::fs::read_to_string(&file).unwrap().replace("--isolated", "--other");
        std::fs::write(&file, other).unwrap();
        assert_eq!(TOOLS[1].kept(folder.path()), None);
    }

    #[test]
    fn lines_of_flake8() {
        let report = dlint("./a/b.py\t7\tDUO104\nnonsense\n", Path::new("/p")).unwrap();
        assert_eq!(report.hits, [plain("a/b.py".to_owned(), 7, "DUO104".to_owned())]);
    }
}
