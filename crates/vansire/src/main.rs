//! The command line of Vansire.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

mod arguments;
mod commands;
mod output;
mod progress;
mod session;

use arguments::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: vansire_allocator::MiMalloc = vansire_allocator::MiMalloc;

/// What a run ends with.
const FAILURE: u8 = 2;
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    vansire_allocator::keep_freed_memory();
    std::panic::set_hook(Box::new(|information| output::internal_error(&information.to_string())));
    // Without a handler an interrupted run ends as well, but leaves what it was writing.
    let _ = ctrlc::set_handler(|| {
        vansire_project::write::remove_unfinished();
        std::process::exit(INTERRUPTED);
    });
    let mut arguments = Arguments::parse();
    if let Command::Check(check) = &mut arguments.command {
        check.settle();
    }
    let done = catch_unwind(AssertUnwindSafe(|| match &arguments.command {
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Rules(arguments) => commands::rules::run(arguments),
        Command::Rule(arguments) => commands::rule::run(arguments),
        Command::Graph(arguments) => commands::graph::run(arguments),
        Command::Init(arguments) => commands::init::run(arguments),
    }));
    match done {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            output::error(&error);
            ExitCode::from(FAILURE)
        }
        // The hook has said what happened.
        Err(_) => ExitCode::from(FAILURE),
    }
}
