//! `cargo xtask parity`: what Bandit, Ruff, Dlint and Pylint report beside what we do, on the same files.
//!
//! The tools are installed from PyPI into a folder of their own. Bandit's findings have to agree one by one: file, line,
//! test, severity and confidence. Of the others' it is told how many stand on a line on which `--preset audit` reports
//! something. What a tool reports of a package is kept beside the packages: a run that was interrupted goes on, and a
//! second one asks only us.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::Options;
use crate::measure;
use crate::packages::{PACKAGES, PARITY};

mod tools;

use tools::{Hit, Report, TOOLS, Tool, counted, ours};

/// Files that are compared.
struct Place {
    /// As `--only` and the folder of what is kept call it.
    key: String,
    shown: String,
    folder: PathBuf,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => measure::build(&["--package", "vansire"], "vansire")?,
    };
    let programs = tools::install(&options.folder.join("parity-tools"))?;
    let places = places(options)?;
    let kept = options.folder.join("parity-results");
    ask(&places, &programs, &kept)?;
    let mut tables = Tables::default();
    for place in &places {
        let folder = kept.join(&place.key);
        let reports: Vec<Report> = TOOLS
            .iter()
            .map(|tool| tool.kept(&folder).with_context(|| format!("{}: {} is gone", place.shown, tool.name)))
            .collect::<anyhow::Result<_>>()?;
        tables.add(place, &reports, &binary)?;
    }
    let (agreement, packages, checks, differences) = tables.render();
    println!("\n{agreement}\n{differences}\n{packages}\n{checks}");
    if options.only.is_none() {
        measure::write_section("Beside Bandit, finding by finding", &agreement)?;
        let beside = format!("{packages}\n{checks}");
        measure::write_section("Beside Ruff, Dlint and Pylint", &beside)?;
    }
    Ok(())
}

fn places(options: &Options) -> anyhow::Result<Vec<Place>> {
    let is_wanted = |name: &str| options.only.as_ref().is_none_or(|only| only == name);
    let mut places = Vec::new();
    if is_wanted("bandit") {
        places.push(Place {
            key: format!("bandit-examples-{}", TOOLS[0].version),
            shown: "Bandit's examples".to_owned(),
            folder: tools::examples(&options.folder)?,
        });
    }
    for package in PACKAGES.iter().filter(|package| package.in_bench).chain(PARITY) {
        if is_wanted(package.name) {
            places.push(Place {
                key: format!("{}-{}", package.name, package.version),
                shown: format!("{} {}", package.name, package.version),
                folder: package.fetch(&options.folder)?,
            });
        }
    }
    if places.is_empty() {
        let names = PACKAGES.iter().filter(|package| package.in_bench).chain(PARITY).map(|one| one.name);
        let names: Vec<&str> = std::iter::once("bandit").chain(names).collect();
        bail!("`--only` can be one of {}", names.join(", "));
    }
    Ok(places)
}

/// Runs the tools wherever nothing is kept, on all processors.
fn ask(places: &[Place], programs: &Path, kept: &Path) -> anyhow::Result<()> {
    let mut missing: Vec<(&Tool, &Place)> = Vec::new();
    // Pylint last: it takes longest by far, and what the others say is kept by then.
    for tool in &TOOLS {
        missing.extend(
            places
                .iter()
                .filter(|place| tool.kept(&kept.join(&place.key)).is_none())
                .map(|place| (tool, place)),
        );
    }
    let all = places.len() * TOOLS.len();
    println!("{} of {all} reports are kept in {}", all - missing.len(), kept.display());
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((tool, place)) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let report = tool
                        .run(programs, &place.folder)
                        .and_then(|report| tool.keep(&kept.join(&place.key), &report).map(|()| report));
                    let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                    let what = match report {
                        Ok(report) => format!("{} findings", report.hits.len()),
                        Err(error) => {
                            let text = format!("{} of {}: {error:#}", tool.name, place.shown);
                            failures.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                            "failed".to_owned()
                        }
                    };
                    let seconds = begun.elapsed().as_secs_f64();
                    let of = missing.len();
                    println!("{number} of {of}: {} of {}: {what}, {seconds:.1} s", tool.name, place.shown);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

/// How many findings of another tool there are, and how many of them stand on a line of ours.
type Shared = (u64, u64);

/// What the comparison comes to.
#[derive(Default)]
struct Tables {
    /// By package: Bandit's, ours, missing, extra, files that Bandit couldn't parse.
    agreement: Vec<(String, [usize; 5])>,
    differences: String,
    by_package: Vec<(String, Vec<Shared>)>,
    by_check: BTreeMap<(&'static str, String), Shared>,
}

impl Tables {
    fn add(&mut self, place: &Place, reports: &[Report], binary: &Path) -> anyhow::Result<()> {
        let begun = Instant::now();
        let [bandit, others @ ..] = reports else { bail!("no report of Bandit's") };
        let skipped: BTreeSet<&str> = bandit.skipped.iter().map(String::as_str).collect();
        let theirs = counted(bandit.hits.iter().cloned());
        let mut same = ours(binary, &place.folder, "bandit")?;
        same.retain(|(path, ..), _| !skipped.contains(path.as_str()));
        let (missing, extra) = (minus(&theirs, &same), minus(&same, &theirs));
        let row = [theirs.values().sum(), same.values().sum(), total(&missing), total(&extra), skipped.len()];
        for (what, hits) in [("missing", &missing), ("extra", &extra)] {
            for (path, line, test, severity, confidence) in hits.keys() {
                let _ = writeln!(
                    self.differences,
                    "- {}: {what} {test} {severity}/{confidence} at {path}:{line}",
                    place.shown
                );
            }
        }
        self.agreement.push((place.shown.clone(), row));
        let audit = ours(binary, &place.folder, "audit")?;
        let lines: BTreeSet<(&str, u64)> =
            audit.keys().map(|(path, line, ..)| (path.as_str(), *line)).collect();
        let mut cells = Vec::new();
        for (tool, report) in TOOLS[1..].iter().zip(others) {
            let mut sum = Shared::default();
            for (path, line, code, ..) in &report.hits {
                let is_ours = u64::from(lines.contains(&(path.as_str(), *line)));
                let check = self.by_check.entry((tool.name, code.clone())).or_default();
                for counts in [check, &mut sum] {
                    counts.0 += 1;
                    counts.1 += is_ours;
                }
            }
            cells.push(sum);
        }
        println!("{}: {row:?}, others {cells:?}, {:.1} s", place.shown, begun.elapsed().as_secs_f64());
        self.by_package.push((place.shown.clone(), cells));
        Ok(())
    }

    /// Agreement with Bandit, the others by package, the others by check, and where Bandit and we differ.
    fn render(mut self) -> (String, String, String, String) {
        let mut agreement = String::from(
            "| files | Bandit's | ours | missing | extra | files that Bandit couldn't parse |\n\
             | --- | ---: | ---: | ---: | ---: | ---: |\n",
        );
        let mut all = [0; 5];
        for (_, row) in &self.agreement {
            all.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        }
        self.agreement.push(("all".to_owned(), all));
        for (name, row) in &self.agreement {
            let cells: Vec<String> = row.iter().map(usize::to_string).collect();
            let _ = writeln!(agreement, "| {name} | {} |", cells.join(" | "));
        }
        let mut packages = String::from(
            "Findings of each, and how many of them stand on a line on which `--preset audit` reports something.\n\n\
             | files |",
        );
        for tool in &TOOLS[1..] {
            let _ = write!(packages, " {} {} | on a line of ours |", tool.name, tool.version);
        }
        packages.push_str("\n| --- |");
        packages.push_str(&" ---: | ---: |".repeat(TOOLS.len() - 1));
        packages.push('\n');
        let mut sums = vec![Shared::default(); TOOLS.len() - 1];
        for (_, cells) in &self.by_package {
            for (sum, cell) in sums.iter_mut().zip(cells) {
                sum.0 += cell.0;
                sum.1 += cell.1;
            }
        }
        self.by_package.push(("all".to_owned(), sums));
        for (name, cells) in &self.by_package {
            let cells: Vec<String> = cells.iter().map(|(all, shared)| format!("{all} | {shared}")).collect();
            let _ = writeln!(packages, "| {name} | {} |", cells.join(" | "));
        }
        let mut checks = String::from(
            "| tool | check | its findings | on a line of ours |\n| --- | --- | ---: | ---: |\n",
        );
        for ((tool, code), (all, shared)) in &self.by_check {
            let _ = writeln!(checks, "| {tool} | {code} | {all} | {shared} |");
        }
        if self.differences.is_empty() {
            self.differences.push_str("None.\n");
        }
        (agreement, packages, checks, self.differences)
    }
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
