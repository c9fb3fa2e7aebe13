//! `vansire graph`: the project's call graph, as JSON.

use std::process::ExitCode;

use vansire_project::Error;

use crate::arguments::GraphArguments;
use crate::output;
use crate::session::{self, Session};

pub fn run(arguments: &GraphArguments) -> Result<ExitCode, Error> {
    let here = session::working_directory()?;
    let mut session = Session::new(&arguments.scan, arguments.scan.layer(&here), here)?;
    session.settings.call_graph = true;
    // It is that of the project.
    session.settings.follow = None;
    let outcome = session.run()?;
    let mut text = serde_json::to_string_pretty(&outcome.call_graph)
        .map_err(|error| Error::new(format!("the call graph can't be written: {error}")))?;
    text.push('\n');
    let file = arguments.output.as_ref().map(|path| session.working_directory.join(path));
    output::data(&text, file.as_deref())?;
    // The graph has no place for them, and a file that is missing from it must not go unsaid.
    if !arguments.scan.talk.quiet {
        for problem in &outcome.report.problems {
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            output::warning(&format!("{}{line}: {}", problem.path, problem.message), None);
        }
    }
    Ok(ExitCode::SUCCESS)
}
