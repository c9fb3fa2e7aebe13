//! `cargo xtask corpus`: scans real packages whole, records what was found and what it cost, and
//! shows what changed since the last run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::bail;
use serde_json::Value;

use crate::Options;
use crate::measure::{self, Cost};
use crate::packages::{PACKAGES, Package, count};

/// Changed findings that are listed for each package.
const LISTED: usize = 20;

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => measure::build(&["--package", "vansire"], "vansire")?,
    };
    let packages: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| options.only.as_deref().is_none_or(|only| only == package.name))
        .collect();
    if packages.is_empty() {
        bail!("no package of the corpus has that name");
    }
    let mut rows = Vec::new();
    for package in packages {
        let folder = package.fetch(&options.folder)?;
        rows.push(scan(&binary, package, &folder, &options.folder)?);
    }
    let table = table(&rows);
    println!("\n{table}");
    if options.only.is_none() {
        measure::write_section("Real packages", &table)?;
    }
    let failed: Vec<&str> = rows.iter().filter(|row| !row.is_sound()).map(|row| row.package.name).collect();
    if !failed.is_empty() {
        bail!("the scan of {} failed, or lost files", failed.join(", "));
    }
    Ok(())
}

struct Row {
    package: &'static Package,
    files: usize,
    lines: usize,
    scanned: u64,
    by_rule: BTreeMap<String, usize>,
    problems: usize,
    cost: Cost,
}

impl Row {
    /// The scan came to its end, and looked at all that is there.
    fn is_sound(&self) -> bool {
        matches!(self.cost.status, 0 | 1) && self.scanned >= self.files as u64
    }
}

fn scan(binary: &Path, package: &'static Package, folder: &Path, corpus: &Path) -> anyhow::Result<Row> {
    let reports = corpus.join("reports");
    std::fs::create_dir_all(&reports)?;
    let path = reports.join(format!("{}.json", package.name));
    let before = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let cost =
        measure::run(binary, &["check", "--isolated", "--no-cache", "--format", "json", "."], folder, &path)?;
    let report: Value = serde_json::from_slice(&std::fs::read(&path)?).unwrap_or_default();
    let (files, lines) = count(folder)?;
    let findings = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut by_rule = BTreeMap::<String, usize>::new();
    for finding in findings {
        *by_rule.entry(text(finding, "rule").to_owned()).or_default() += 1;
    }
    println!(
        "{} {}: {} findings in {files} files, {:.2} CPU seconds, {:.0} MB, status {}",
        package.name,
        package.version,
        findings.len(),
        cost.cpu_seconds,
        cost.memory_megabytes,
        cost.status
    );
    if let Some(before) = before {
        print!("{}", difference(&before, &report));
    }
    Ok(Row {
        package,
        files,
        lines,
        scanned: report["statistics"]["files"].as_u64().unwrap_or_default(),
        by_rule,
        problems: report["errors"].as_array().map_or(0, Vec::len),
        cost,
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// What is found now and wasn't before, and the reverse, as a Markdown list.
fn difference(before: &Value, now: &Value) -> String {
    let by_fingerprint = |report: &Value| -> BTreeMap<String, String> {
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let line = |finding: &Value| {
            format!(
                "{} {}:{} {}",
                text(finding, "rule"),
                text(finding, "path"),
                finding["start"]["line"],
                text(finding, "message")
            )
        };
        findings.iter().map(|finding| (text(finding, "fingerprint").to_owned(), line(finding))).collect()
    };
    let (before, now) = (by_fingerprint(before), by_fingerprint(now));
    let mut result = String::new();
    for (sign, these, those) in [("new", &now, &before), ("gone", &before, &now)] {
        let changed: Vec<&String> = these
            .iter()
            .filter(|(fingerprint, _)| !those.contains_key(*fingerprint))
            .map(|(_, line)| line)
            .collect();
        for line in changed.iter().take(LISTED) {
            let _ = writeln!(result, "- {sign}: {line}");
        }
        if changed.len() > LISTED {
            let _ = writeln!(result, "- {sign}: {} more", changed.len() - LISTED);
        }
    }
    result
}

fn table(rows: &[Row]) -> String {
    let mut result = String::from(
        "Written by `cargo xtask corpus`: each package is scanned whole (`vansire check --isolated .`), with its \
         tests and vendored parts.\n\n\
         | package | version | files | lines | findings | by rule | problems | CPU s | peak MB |\n\
         | --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |\n",
    );
    for row in rows {
        let by_rule: Vec<String> =
            row.by_rule.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let remark = if row.is_sound() { "" } else { " (failed)" };
        let _ = writeln!(
            result,
            "| {}{remark} | {} | {} | {} | {} | {} | {} | {:.2} | {:.0} |",
            row.package.name,
            row.package.version,
            row.files,
            row.lines,
            row.by_rule.values().sum::<usize>(),
            if by_rule.is_empty() { "none".to_owned() } else { by_rule.join(", ") },
            row.problems,
            row.cost.cpu_seconds,
            row.cost.memory_megabytes
        );
    }
    result
}
