//! `vansire rules`: the list of rules.

use std::process::ExitCode;

use vansire_project::Error;
use vansire_project::selection::selector;
use vansire_report::rules::{Look, list, list_json};

use crate::arguments::{PageFormat, RulesArguments};
use crate::output;

pub fn run(arguments: &RulesArguments) -> Result<ExitCode, Error> {
    output::choose_color(arguments.color.map(Into::into).unwrap_or_default());
    let selectors = arguments.rules.iter().map(|word| selector(word)).collect::<Result<Vec<_>, _>>()?;
    let mut rules: Vec<_> = vansire_rules::rules()
        .iter()
        .map(|rule| rule.metadata)
        .filter(|rule| selectors.is_empty() || selectors.iter().any(|selector| selector.selects(rule)))
        .collect();
    rules.sort_by_key(|rule| rule.name);
    let text = match arguments.format {
        PageFormat::Json => list_json(&rules),
        PageFormat::Text => list(&rules, Look { width: output::width(), color: output::is_stdout_colored() }),
    };
    output::data(&text, None)?;
    Ok(ExitCode::SUCCESS)
}
