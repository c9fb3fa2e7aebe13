//! `cargo xtask bench`: what a scan of 1.3 million lines costs, how much of it is reading, and what other tools need.

use std::fmt::Write;
use std::path::Path;

use anyhow::bail;

use crate::Options;
use crate::measure::{self, Cost};
use crate::others;
use crate::packages::{PACKAGES, count};

/// Each measurement is the best of this many.
const RUNS: usize = 3;

/// What takes longer than this is measured once: noise matters little then.
const LONG_SECONDS: f64 = 60.0;

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => measure::build(&["--package", "vansire"], "vansire")?,
    };
    let reader =
        measure::build(&["--package", "vansire_project", "--example", "read_only"], "examples/read_only")?;
    let mut folders = Vec::new();
    let (mut files, mut lines) = (0, 0);
    for package in PACKAGES.iter().filter(|package| package.in_bench) {
        let folder = package.fetch(&options.folder)?;
        let counted = count(&folder)?;
        files += counted.0;
        lines += counted.1;
        folders.push(folder);
    }
    let mut table = format!(
        "Written by `cargo xtask bench`: {files} files, {lines} lines, the best of {RUNS} runs (of one, where it takes \
         longer than a minute).\n\n\
         | what | CPU s | seconds | peak MB |\n| --- | ---: | ---: | ---: |\n"
    );
    let names: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    let cold = ["check", "--isolated", "--exit-zero", "-q", "--no-cache"];
    let one = [&cold[..], &["--threads", "1"], &paths].concat();
    let all = [&cold[..], &paths].concat();
    // The best of several runs is a warm one.
    let kept = tempfile::tempdir()?;
    let kept_path = kept.path().to_string_lossy().into_owned();
    let warm =
        [&["check", "--isolated", "--exit-zero", "-q", "--cache-dir", &kept_path][..], &paths].concat();
    for (what, program, arguments) in [
        ("read, parse and lower, one thread", &reader, &paths),
        ("`vansire check`, one thread", &binary, &one),
        ("`vansire check`", &binary, &all),
        ("`vansire check` of what hasn't changed", &binary, &warm),
    ] {
        add_row(&mut table, what, best(program, arguments, &options.folder)?);
    }
    for other in others::find(options)? {
        let arguments = [other.arguments, &paths].concat();
        add_row(&mut table, &other.what, best(&other.program, &arguments, &options.folder)?);
    }
    println!("{table}");
    measure::write_section("Time and memory", &table)
}

fn add_row(table: &mut String, what: &str, cost: Cost) {
    let Cost { cpu_seconds, wall_seconds, memory_megabytes, .. } = cost;
    let _ = writeln!(table, "| {what} | {cpu_seconds:.2} | {wall_seconds:.2} | {memory_megabytes:.0} |");
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn best(program: &Path, arguments: &[&str], folder: &Path) -> anyhow::Result<Cost> {
    let output = folder.join("bench.txt");
    let mut best: Option<Cost> = None;
    for _ in 0..RUNS {
        let cost = measure::run(program, arguments, folder, &output)?;
        if cost.status != 0 {
            bail!("{} ended with status {}", program.display(), cost.status);
        }
        if best.is_none_or(|best| cost.cpu_seconds < best.cpu_seconds) {
            best = Some(cost);
        }
        if cost.wall_seconds > LONG_SECONDS {
            break;
        }
    }
    best.ok_or_else(|| anyhow::anyhow!("nothing was measured"))
}
