//! `cargo xtask growth`: how time and memory grow when code doubles.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::Options;
use crate::measure::{self, Cost};
use crate::packages::PACKAGES;
use crate::shapes::{SHAPES, Shape};

/// How often the code is doubled.
const DOUBLINGS: u32 = 3;
/// Each measurement is the best of this many.
const RUNS: usize = 2;
/// The real package that is copied.
const REAL: &str = "celery";

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => measure::build(&["--package", "vansire"], "vansire")?,
    };
    let mut table = format!(
        "Written by `cargo xtask growth`: CPU seconds and peak MB, the best of {RUNS} runs on one thread, for code that \
         is doubled {DOUBLINGS} times. \"Growth\" is what the last doubling multiplied both by. \"Flows\" are those \
         found of those planted, at the largest size.\n\n\
         | what | size | CPU s | peak MB | growth of time | of memory | flows |\n\
         | --- | --- | --- | --- | ---: | ---: | ---: |\n"
    );
    for shape in SHAPES.iter().filter(|shape| options.only.as_deref().is_none_or(|only| only == shape.name)) {
        println!("{}", shape.name);
        let mut steps = Vec::new();
        for doubling in 0..=DOUBLINGS {
            let size = shape.size << doubling;
            let folder = tempfile::tempdir()?;
            (shape.write)(folder.path(), size)?;
            let (cost, found) = measured(&binary, folder.path())?;
            steps.push(Step { size, cost, found });
        }
        add_row(&mut table, shape.name, &steps, Some(shape));
    }
    if options.only.as_deref().is_none_or(|only| only == REAL) {
        let package = PACKAGES.iter().find(|package| package.name == REAL).context("no such package")?;
        let source = package.fetch(&options.folder)?;
        println!("copies of {REAL}");
        let mut steps = Vec::new();
        for doubling in 0..=DOUBLINGS {
            let copies = 1 << doubling;
            let folder = tempfile::tempdir()?;
            for number in 0..copies {
                copy(&source, &folder.path().join(format!("copy{number}")))?;
            }
            let (cost, found) = measured(&binary, folder.path())?;
            steps.push(Step { size: copies, cost, found });
        }
        add_row(&mut table, &format!("copies of {REAL}"), &steps, None);
    }
    println!("\n{table}");
    if options.only.is_none() {
        measure::write_section("Growth", &table)?;
    }
    Ok(())
}

/// One size, what it cost, and how many findings there were.
struct Step {
    size: usize,
    cost: Cost,
    found: usize,
}

fn add_row(table: &mut String, name: &str, steps: &[Step], shape: Option<&Shape>) {
    let list = |each: fn(&Step) -> String| steps.iter().map(each).collect::<Vec<_>>().join(", ");
    let sizes = list(|step| step.size.to_string());
    let seconds = list(|step| format!("{:.2}", step.cost.cpu_seconds));
    let memory = list(|step| format!("{:.0}", step.cost.memory_megabytes));
    let [.., before, Step { size, cost: last, found }] = steps else { return };
    let time = last.cpu_seconds / before.cost.cpu_seconds.max(0.01);
    let space = last.memory_megabytes / before.cost.memory_megabytes.max(1.0);
    let flows =
        shape.map_or_else(|| found.to_string(), |shape| format!("{found} of {}", (shape.flows)(*size)));
    let _ = writeln!(table, "| {name} | {sizes} | {seconds} | {memory} | {time:.2} | {space:.2} | {flows} |");
}

/// The cheapest of several runs, and how many findings there are.
fn measured(binary: &Path, folder: &Path) -> anyhow::Result<(Cost, usize)> {
    let report = tempfile::NamedTempFile::new()?;
    let arguments =
        ["check", "--isolated", "--exit-zero", "-q", "--no-cache", "--threads", "1", "--format", "json", "."];
    let mut best: Option<Cost> = None;
    for _ in 0..RUNS {
        let cost = measure::run(binary, &arguments, folder, report.path())?;
        if cost.status != 0 {
            bail!("{} ended with status {}", binary.display(), cost.status);
        }
        if best.is_none_or(|best| cost.cpu_seconds < best.cpu_seconds) {
            best = Some(cost);
        }
    }
    let value: Value = serde_json::from_slice(&std::fs::read(report.path())?)?;
    let found = value["findings"].as_array().map_or(0, Vec::len);
    Ok((best.context("nothing was measured")?, found))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "py") {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
