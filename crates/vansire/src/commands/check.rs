//! `vansire check`: every static check.

use std::process::ExitCode;

use vansire_project::mend::Mended;
use vansire_project::{Baseline, Error, Format};
use vansire_report::text::TextOptions;
use vansire_report::{json, sarif, text};

use crate::arguments::CheckArguments;
use crate::output;
use crate::session::{self, Session};

/// The status of a run with findings.
const FOUND: u8 = 1;

pub fn run(arguments: &CheckArguments) -> Result<ExitCode, Error> {
    let here = session::working_directory()?;
    let session = Session::new(&arguments.scan, arguments.layer(&here), here)?;
    let layer = &session.layer;
    let is_quiet = layer.quiet.unwrap_or(false);
    let is_preview = arguments.diff == Some(None);
    if is_preview && !layer.fix.unwrap_or(false) {
        return Err(Error::new("`--diff` needs a revision").with_hint(
            "`--diff HEAD` reports what has changed since; with `--fix` it shows what would be mended",
        ));
    }
    let mut report = session.run()?.report;
    if layer.fix.unwrap_or(false) {
        let with_unsafe = layer.unsafe_fixes.unwrap_or(false);
        let mended = Mended::new(report.active(), &session.working_directory, with_unsafe)?;
        for problem in &mended.problems {
            output::warning(&format!("{}: {}", problem.path, problem.message), None);
        }
        if is_preview {
            let file = layer.output.as_ref().map(|path| session.working_directory.join(path));
            output::data(&mended.patch(), file.as_deref())?;
            let changes = !mended.files.is_empty() && !layer.exit_zero.unwrap_or(false);
            return Ok(ExitCode::from(if changes { FOUND } else { 0 }));
        }
        mended.write()?;
        if !mended.files.is_empty() {
            report = session.run()?.report;
        }
        if !is_quiet {
            output::talk(&summary(&mended));
        }
    }
    if report.files == 0 && !is_quiet {
        output::warning("no Python files were found", Some("files that are named are always taken"));
    }
    let output_file = layer.output.as_ref().map(|path| session.working_directory.join(path));

    let rendered = match layer.format.unwrap_or_default() {
        Format::Json => json::render(&report),
        Format::Sarif => sarif::render(&report),
        Format::Text => {
            let options = TextOptions {
                width: output::width(),
                color: output_file.is_none() && output::is_stdout_colored(),
                verbose: layer.verbose.unwrap_or(false),
                quiet: is_quiet,
                statistics: layer.statistics.unwrap_or(false),
            };
            text::render(&report, &options)
        }
    };
    output::data(&rendered, output_file.as_deref())?;

    if let Some(path) = &arguments.write_baseline {
        // What an older baseline accepts stays accepted; what a comment accepts needs no baseline.
        let accepted = report.findings.iter().filter(|finding| {
            finding.suppression.as_ref().is_none_or(|suppression| suppression.kind == "baseline")
        });
        let file = session.working_directory.join(path);
        // What people wrote into the file, or into the one that was given, stays.
        let given = layer.baseline.as_ref().map(|path| session.working_directory.join(path));
        let earlier =
            given.as_deref().or_else(|| file.exists().then_some(file.as_path())).map(Baseline::read);
        let baseline = Baseline::of(accepted, earlier.and_then(Result::ok).as_ref());
        baseline.write(&file)?;
        if !is_quiet {
            let findings = if baseline.len() == 1 { "finding" } else { "findings" };
            output::talk(&format!("wrote {} {findings} to `{}`", baseline.len(), path.display()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let found = report.active().next().is_some();
    let status = if found && !layer.exit_zero.unwrap_or(false) { FOUND } else { 0 };
    Ok(ExitCode::from(status))
}

fn summary(mended: &Mended) -> String {
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let (findings, files) = (counted(mended.findings, "finding"), counted(mended.files.len(), "file"));
    match mended.unsafe_ones {
        0 => format!("mended {findings} in {files}"),
        more => format!("mended {findings} in {files}; `--unsafe-fixes` mends {more} more"),
    }
}
