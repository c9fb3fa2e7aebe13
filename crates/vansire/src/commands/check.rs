//! `vansire check`: every static check.

use std::process::ExitCode;

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
    let report = session.run()?.report;
    let layer = &session.layer;
    let is_quiet = layer.quiet.unwrap_or(false);
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
        let earlier = given.as_deref().or_else(|| file.exists().then_some(file.as_path())).map(Baseline::read);
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
