//! Running a program and seeing what it cost.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// A run that takes longer hangs.
const TIME_LIMIT_SECONDS: u32 = 900;

/// What the system says that a program used. Rust's standard library doesn't tell, and code without
/// `unsafe` can't ask.
const WRAPPER: &str = "
import json, resource, subprocess, sys, time
begun = time.monotonic()
with open(sys.argv[1], 'wb') as output:
    status = subprocess.run(sys.argv[3:], stdout=output, timeout=float(sys.argv[2])).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == 'darwin' else 1024
print(json.dumps({'status': status, 'cpu': used.ru_utime + used.ru_stime, 'wall': time.monotonic() - begun,
                  'memory': used.ru_maxrss * unit}))
";

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub status: i64,
    pub cpu_seconds: f64,
    pub wall_seconds: f64,
    pub memory_megabytes: f64,
}

/// Runs a program; what it prints goes to a file.
pub fn run(program: &Path, arguments: &[&str], folder: &Path, output: &Path) -> anyhow::Result<Cost> {
    let done = Command::new("python3")
        .current_dir(folder)
        .args(["-c", WRAPPER])
        .arg(output)
        .arg(TIME_LIMIT_SECONDS.to_string())
        .arg(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("`python3` could not be run")?;
    if !done.status.success() {
        bail!("{} did not end within {TIME_LIMIT_SECONDS} s", program.display());
    }
    let value: Value = serde_json::from_slice(&done.stdout)?;
    let number = |name: &str| value[name].as_f64().unwrap_or_default();
    Ok(Cost {
        status: value["status"].as_i64().unwrap_or(-1),
        cpu_seconds: number("cpu"),
        wall_seconds: number("wall"),
        memory_megabytes: number("memory") / 1_000_000.0,
    })
}

/// Builds with the release profile, and says where the result is.
pub fn build(arguments: &[&str], result: &str) -> anyhow::Result<PathBuf> {
    let workspace = crate::workspace();
    let done = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&workspace)
        .args(["build", "--release", "--quiet"])
        .args(arguments)
        .status()?;
    if !done.success() {
        bail!("the build failed");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    Ok(target.join("release").join(result).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Replaces one section of docs/measurements.md, which begins with this heading and ends before the
/// next one.
pub fn write_section(heading: &str, body: &str) -> anyhow::Result<()> {
    let path = crate::workspace().join("docs/measurements.md");
    let old = std::fs::read_to_string(&path).unwrap_or_else(|_| "# Measurements\n".to_owned());
    let section = format!("## {heading}\n\n{}\n", body.trim());
    let text = replace_section(&old, heading, &section);
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    println!("wrote {}", path.display());
    Ok(())
}

fn replace_section(text: &str, heading: &str, section: &str) -> String {
    let start = text.find(&format!("\n## {heading}\n"));
    let Some(start) = start else { return format!("{}\n\n{section}", text.trim_end()) };
    let rest = &text[start + 1..];
    let end = rest[1..].find("\n## ").map_or(rest.len(), |at| at + 2);
    let after = rest[end..].trim_start();
    let gap = if after.is_empty() { "" } else { "\n" };
    format!("{}\n\n{section}{gap}{after}", text[..start].trim_end())
}

#[cfg(test)]
mod tests {
    use super::replace_section;

    #[test]
    fn sections_are_replaced_or_added() {
        let text = replace_section("# M\n", "B", "## B\n\nb\n");
        assert_eq!(text, "# M\n\n## B\n\nb\n");
        let text = replace_section(&text, "C", "## C\n\nc\n");
        let text = replace_section(&text, "B", "## B\n\nnew\n");
        assert_eq!(text, "# M\n\n## B\n\nnew\n\n## C\n\nc\n");
        assert_eq!(replace_section(&text, "C", "## C\n\nd\n"), "# M\n\n## B\n\nnew\n\n## C\n\nd\n");
    }
}
