//! `cargo xtask parity`: what Bandit, Ruff, Dlint and Pylint report beside what we do, on the same files in the same run.
//!
//! The tools are installed from PyPI into a folder of their own. Bandit's findings have to agree one by one: file, line,
//! test, severity and confidence. Of the others' it is told how many stand on a line on which `--preset audit` reports
//! something.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::Options;
use crate::measure;
use crate::packages::{PACKAGES, PARITY};

const TOOLS: [&str; 5] = ["bandit==1.9.4", "ruff==0.17.6", "flake8==7.5.0", "dlint==0.17.0", "pylint==4.1.4"];

const RUFF_RULES: &str = "S,PLE2502,PLW1508,PLW1509,PLW1510";

const PYLINT_RULES: &str =
    "exec-used,eval-used,subprocess-popen-preexec-fn,subprocess-run-check,bad-open-mode";

/// Pylint takes minutes for a large package: it is asked about these alone.
const PYLINT_PACKAGES: [&str; 3] = ["requests", "flask", "scrapy"];

/// Path, line, test, severity, confidence.
type Hit = (String, u64, String, String, String);

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => measure::build(&["--package", "vansire"], "vansire")?,
    };
    let tools = install(&options.folder.join("parity-tools"))?;
    let mut agreement = String::from(
        "| files | Bandit's | ours | missing | extra | files that Bandit couldn't parse |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut others = BTreeMap::<(&str, String), (u64, u64)>::new();
    let mut totals = [0; 5];
    let mut differences = String::new();
    let mut places: Vec<(String, PathBuf)> =
        vec![("Bandit's examples".to_owned(), examples(&options.folder)?)];
    for package in PACKAGES.iter().filter(|package| package.in_bench).chain(PARITY) {
        if options.only.as_ref().is_none_or(|only| only == package.name) {
            let name = format!("{} {}", package.name, package.version);
            places.push((name, package.fetch(&options.folder)?));
        }
    }
    for (name, folder) in &places {
        let (bandit, skipped) = bandit(&tools, folder)?;
        let mut ours = ours(&binary, folder, "bandit")?;
        ours.retain(|(path, ..), _| !skipped.contains(path));
        let missing = minus(&bandit, &ours);
        let extra = minus(&ours, &bandit);
        let row = [bandit.values().sum(), ours.values().sum(), total(&missing), total(&extra), skipped.len()];
        let cells: Vec<String> = row.iter().map(usize::to_string).collect();
        let _ = writeln!(agreement, "| {name} | {} |", cells.join(" | "));
        totals.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        for (what, hits) in [("missing", &missing), ("extra", &extra)] {
            for (path, line, test, severity, confidence) in hits.keys() {
                let _ =
                    writeln!(differences, "- {name}: {what} {test} {severity}/{confidence} at {path}:{line}");
            }
        }
        println!("{name}: {row:?}");
        let lines: BTreeSet<(String, u64)> =
            self::ours(&binary, folder, "audit")?.into_keys().map(|(path, line, ..)| (path, line)).collect();
        let mut count = |tool: &'static str, found: Vec<(String, u64, String)>| {
            for (path, line, code) in found {
                let entry = others.entry((tool, code)).or_default();
                entry.0 += 1;
                entry.1 += u64::from(lines.contains(&(path, line)));
            }
        };
        count("Ruff", ruff(&tools, folder)?);
        count("Dlint", dlint(&tools, folder)?);
        if PYLINT_PACKAGES.iter().any(|package| name.starts_with(package)) {
            count("Pylint", pylint(&tools, folder)?);
        }
    }
    let cells: Vec<String> = totals.iter().map(usize::to_string).collect();
    let _ = writeln!(agreement, "| all | {} |", cells.join(" | "));
    let mut table =
        String::from("| tool | check | its findings | on a line of ours |\n| --- | --- | ---: | ---: |\n");
    for ((tool, code), (all, shared)) in others {
        let _ = writeln!(table, "| {tool} | {code} | {all} | {shared} |");
    }
    if differences.is_empty() {
        differences.push_str("None.\n");
    }
    println!("\n{agreement}\n{differences}\n{table}");
    if options.only.is_none() {
        measure::write_section("Beside Bandit, finding by finding", &agreement)?;
        measure::write_section("Beside Ruff, Dlint and Pylint", &table)?;
    }
    Ok(())
}

fn install(folder: &Path) -> anyhow::Result<PathBuf> {
    let programs = folder.join("bin");
    if !programs.join("pylint").exists() {
        println!("installing {} into {}", TOOLS.join(", "), folder.display());
        quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        quietly(Command::new(programs.join("python")).args(["-m", "pip", "install", "--quiet"]).args(TOOLS))?;
    }
    Ok(programs)
}

fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let done = command.status().with_context(|| format!("{command:?} could not be run"))?;
    if !done.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}

/// The example files of Bandit's own tests, from its archive of sources.
fn examples(folder: &Path) -> anyhow::Result<PathBuf> {
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
            .arg(TOOLS[0]),
    )?;
    let archive = std::fs::read_dir(&target)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().ends_with(".tar.gz"))
        .context("no archive of Bandit's sources was downloaded")?;
    quietly(Command::new("python3").args(["-m", "tarfile", "-e"]).arg(archive).arg(&target))?;
    found(&target).context("Bandit's sources hold no examples")
}

fn json(command: &mut Command) -> anyhow::Result<Value> {
    let output = command.output().with_context(|| format!("{command:?} could not be run"))?;
    serde_json::from_slice(&output.stdout).with_context(|| {
        let text = String::from_utf8_lossy(&output.stderr);
        format!("{command:?} wrote no JSON: {}", text.lines().last().unwrap_or_default())
    })
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

fn bandit(tools: &Path, folder: &Path) -> anyhow::Result<(BTreeMap<Hit, usize>, BTreeSet<String>)> {
    let mut command = Command::new(tools.join("bandit"));
    let report = json(command.args(["-q", "-r", ".", "-f", "json"]).current_dir(folder))?;
    let mut hits = BTreeMap::new();
    for result in items(&report["results"]) {
        let hit = (
            normal(&text(result, "filename"), folder),
            result["line_number"].as_u64().unwrap_or(0),
            text(result, "test_id"),
            text(result, "issue_severity").to_lowercase(),
            text(result, "issue_confidence").to_lowercase(),
        );
        *hits.entry(hit).or_default() += 1;
    }
    let skipped = items(&report["errors"]).map(|error| normal(&text(error, "filename"), folder)).collect();
    Ok((hits, skipped))
}

fn ours(binary: &Path, folder: &Path, preset: &str) -> anyhow::Result<BTreeMap<Hit, usize>> {
    let mut command = Command::new(binary);
    command.args(["check", "--isolated", "--no-cache", "--format", "json", "--preset", preset, "."]);
    let report = json(command.current_dir(folder))?;
    let mut hits = BTreeMap::new();
    for finding in items(&report["findings"]) {
        let hit = (
            text(finding, "path"),
            finding["start"]["line"].as_u64().unwrap_or(0),
            text(finding, "code"),
            text(finding, "severity"),
            text(finding, "confidence"),
        );
        *hits.entry(hit).or_default() += 1;
    }
    Ok(hits)
}

fn minus(left: &BTreeMap<Hit, usize>, right: &BTreeMap<Hit, usize>) -> BTreeMap<Hit, usize> {
    left.iter()
        .map(|(hit, &count)| (hit.clone(), count.saturating_sub(right.get(hit).copied().unwrap_or(0))))
        .filter(|&(_, count)| count > 0)
        .collect()
}

fn total(hits: &BTreeMap<Hit, usize>) -> usize {
    hits.values().sum()
}

fn ruff(tools: &Path, folder: &Path) -> anyhow::Result<Vec<(String, u64, String)>> {
    let mut command = Command::new(tools.join("ruff"));
    command.args(["check", "--isolated", "--no-cache", "--exit-zero", "--output-format", "json", "--select"]);
    let report = json(command.arg(RUFF_RULES).arg(".").current_dir(folder))?;
    let found = items(&report).map(|one| {
        let line = one["location"]["row"].as_u64().unwrap_or(0);
        (normal(&text(one, "filename"), folder), line, text(one, "code"))
    });
    Ok(found.filter(|(_, _, code)| code != "invalid-syntax" && !code.is_empty()).collect())
}

fn pylint(tools: &Path, folder: &Path) -> anyhow::Result<Vec<(String, u64, String)>> {
    let mut command = Command::new(tools.join("pylint"));
    command.args(["--rcfile=/dev/null", "--disable=all", "--output-format=json", "--recursive=y", "."]);
    let report = json(command.arg(format!("--enable={PYLINT_RULES}")).current_dir(folder))?;
    let found = items(&report).map(|one| {
        (normal(&text(one, "path"), folder), one["line"].as_u64().unwrap_or(0), text(one, "symbol"))
    });
    Ok(found.collect())
}

fn dlint(tools: &Path, folder: &Path) -> anyhow::Result<Vec<(String, u64, String)>> {
    let mut command = Command::new(tools.join("flake8"));
    command.args([
        "--isolated",
        "--exit-zero",
        "--select",
        "DUO",
        "--format",
        "%(path)s\t%(row)d\t%(code)s",
        ".",
    ]);
    let output = command.current_dir(folder).output().context("flake8 could not be run")?;
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = report.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some((normal(parts.next()?, folder), parts.next()?.parse().ok()?, parts.next()?.to_owned()))
    });
    Ok(found.collect())
}
