//! `vansire rule NAME`: what a rule finds, why it matters, and what to do.

use std::process::ExitCode;

use vansire_project::Error;
use vansire_project::suggest;
use vansire_report::rules::{Look, page, page_json};

use crate::arguments::{PageFormat, RuleArguments};
use crate::output;

pub fn run(arguments: &RuleArguments) -> Result<ExitCode, Error> {
    output::choose_color(arguments.color.map(Into::into).unwrap_or_default());
    if let Some(why) = vansire_rules::bandit::removed(&arguments.name) {
        return Err(Error::new(format!(
            "Bandit has removed `{}`: {why}",
            arguments.name.to_ascii_uppercase()
        )));
    }
    let Some(rule) = vansire_rules::rule(&arguments.name) else {
        let names = vansire_rules::rules().iter().flat_map(|rule| {
            std::iter::once(rule.metadata.name).chain(rule.metadata.aliases.iter().copied())
        });
        let hint = suggest::hint(&arguments.name, names)
            .unwrap_or_else(|| "`vansire rules` lists the rules".to_owned());
        return Err(Error::new(format!("no rule is called `{}`", arguments.name)).with_hint(hint));
    };
    let text = match arguments.format {
        PageFormat::Json => page_json(rule.metadata),
        PageFormat::Text => {
            page(rule.metadata, Look { width: output::width(), color: output::is_stdout_colored() })
        }
    };
    output::data(&text, None)?;
    Ok(ExitCode::SUCCESS)
}
