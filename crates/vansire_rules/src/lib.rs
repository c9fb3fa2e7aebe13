//! Content: rules with their pages, and models of libraries with theirs. Data only; the engine
//! that gives it its meaning is `vansire_flow`.

use std::collections::HashMap;
use std::sync::LazyLock;

use vansire_finding::RuleMetadata;
use vansire_flow::FlowRule;

pub mod bandit;
pub mod fixes;
pub mod literals;
mod rules;

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// Every rule, by area and name.
pub fn rules() -> &'static [&'static FlowRule] {
    static RULES: LazyLock<Vec<&'static FlowRule>> = LazyLock::new(|| rules::AREAS.concat());
    &RULES
}

/// Rules that only guess: `--preset audit` has them, and who names them.
const GUESSES: [&str; 10] = [
    "assert-used",
    "cgi-proxy-header",
    "deprecated-cryptography-library",
    "environment-default-not-text",
    "file-checked-then-used",
    "interpreter-hook-set",
    "pickled-data-loaded",
    "preexec-function",
    "tls-warnings-disabled",
    "unchecked-exit-status",
];

/// Whether a rule only guesses.
pub fn is_guess(rule: &RuleMetadata) -> bool {
    GUESSES.contains(&rule.name)
}

/// The rule of that name or alias; aliases are compared without regard to case.
pub fn rule(name_or_alias: &str) -> Option<&'static FlowRule> {
    static BY_NAME: LazyLock<HashMap<String, &'static FlowRule>> = LazyLock::new(|| {
        let mut map = HashMap::new();
        for &rule in rules() {
            map.insert(rule.metadata.name.to_owned(), rule);
            map.extend(rule.metadata.aliases.iter().map(|alias| (alias.to_ascii_lowercase(), rule)));
        }
        map
    });
    let own = BY_NAME.get(&name_or_alias.to_ascii_lowercase()).copied();
    // Bandit has more tests than there are rules: several speak of the same thing.
    own.or_else(|| {
        let upper = name_or_alias.to_ascii_uppercase();
        let test = bandit::test(name_or_alias).or_else(|| bandit::test(&upper))?;
        BY_NAME.get(test.rule).copied()
    })
}

/// The models of libraries: file name and text, by file name.
pub fn models() -> &'static [(&'static str, &'static str)] {
    MODELS
}

/// The pages of the models: file name and text, by file name.
pub fn model_pages() -> &'static [(&'static str, &'static str)] {
    MODEL_PAGES
}
