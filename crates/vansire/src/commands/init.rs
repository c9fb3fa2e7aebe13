//! `vansire init`: a configuration to start with.

use std::process::ExitCode;

use vansire_project::configuration::{self, Origin};
use vansire_project::migration::Migration;
use vansire_project::{Error, write};

use crate::arguments::InitArguments;
use crate::{output, session};

const FILE: &str = "vansire.toml";

/// What a new configuration says. Everything in it is what holds without it.
const START: &str = r#"# Vansire's configuration. In `pyproject.toml` the same stands under `[tool.vansire]`.
# Every option has the name of its flag: `vansire check --help`.

# What is worth reading; `bandit` reports what Bandit does, `audit` all that could be looked at.
preset = "default"

# Rules by name, alias (`B608`), area (`injection`) or pattern (`flask-*`): `vansire rules` lists them.
# select = ["ALL"]
# ignore = []

# Files and folders to leave out besides those that hold no code of the project's own.
# extend-exclude = ["migrations"]

# Whose data counts: that of remote clients, of local users, of the database, of a library's callers.
# threat = ["remote"]

# A comment `# vansire: ignore[rule] -- reason` must say why.
# require-reason = true

# [per-file-ignores]
# "scripts/**" = ["insecure-temporary-file"]
"#;

pub fn run(arguments: &InitArguments) -> Result<ExitCode, Error> {
    let here = session::working_directory()?;
    output::choose_color(arguments.color.map(Into::into).unwrap_or_default());
    let path = here.join(FILE);
    if path.exists() && !arguments.force {
        return Err(Error::new(format!("`{FILE}` exists already")).with_hint("`--force` writes over it"));
    }
    let (text, left_out) = match &arguments.from_bandit {
        None => (START.to_owned(), 0),
        Some(file) => {
            let migration = Migration::find(file.as_deref(), &here)?;
            (migration.render(&here), migration.left_out().len())
        }
    };
    write::replace(&path, &text).map_err(|error| Error::file("write", &path, &error))?;
    // What was written has to be understood: the file would stop every run otherwise.
    configuration::load(&Origin::File(path), &here)?;
    output::talk(&format!("wrote `{FILE}`"));
    if left_out > 0 {
        let settings = if left_out == 1 { "1 setting".to_owned() } else { format!("{left_out} settings") };
        output::warning(
            &format!("{settings} of Bandit's could not be carried over"),
            Some("the file names them"),
        );
    }
    Ok(ExitCode::SUCCESS)
}
