//! `cargo xtask bench`: what a scan of 1.3 million lines costs, how much of it is reading, and what other tools need.

use std::fmt::Write;
use std::path::{Path, PathBuf};

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
    let what = "`vansire check` after an edit in one file, the mean over the packages";
    add_row(&mut table, what, after_edits(&binary, &folders, &names)?);
    for other in others::find(options)? {
        let arguments = [other.arguments, &paths].concat();
        add_row(&mut table, &other.what, best(&other.program, &arguments, &options.folder)?);
    }
    println!("{table}");
    measure::write_section("Time and memory", &table)
}

/// What a run costs when earlier ones have kept what they found and a comment was added to one file; the mean over one
/// file of each package.
fn after_edits(binary: &Path, folders: &[PathBuf], names: &[String]) -> anyhow::Result<Cost> {
    let copy = tempfile::tempdir()?;
    for (folder, name) in folders.iter().zip(names) {
        copy_python(folder, &copy.path().join(name))?;
    }
    let kept = tempfile::tempdir()?;
    let kept = kept.path().to_string_lossy().into_owned();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    let arguments =
        [&["check", "--isolated", "--exit-zero", "-q", "--cache-dir", &kept][..], &paths].concat();
    let output = copy.path().join("output");
    measure::run(binary, &arguments, copy.path(), &output)?;
    let mut mean = Cost { status: 0, cpu_seconds: 0.0, wall_seconds: 0.0, memory_megabytes: 0.0 };
    for name in names {
        let Some(file) = largest_python(&copy.path().join(name))? else { continue };
        let mut text = std::fs::read(&file)?;
        text.extend_from_slice(b"\n# edited\n");
        std::fs::write(&file, text)?;
        let cost = measure::run(binary, &arguments, copy.path(), &output)?;
        let share = 1.0 / names.len() as f64;
        mean.cpu_seconds += cost.cpu_seconds * share;
        mean.wall_seconds += cost.wall_seconds * share;
        mean.memory_megabytes = mean.memory_megabytes.max(cost.memory_megabytes);
    }
    Ok(mean)
}

fn python_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn copy_python(from: &Path, to: &Path) -> anyhow::Result<()> {
    for file in python_files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(&file, &target)?;
    }
    Ok(())
}

fn largest_python(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let mut files = python_files(folder)?;
    files.sort();
    Ok(files.into_iter().max_by_key(|file| file.metadata().map_or(0, |metadata| metadata.len())))
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
