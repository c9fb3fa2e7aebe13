//! Rules and models are complete and well formed.

use std::collections::HashMap;

use vansire_flow::Threats;
use vansire_flow::model::{ModelSet, parse};

#[test]
fn names_and_aliases_are_unique() {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for rule in vansire_rules::rules() {
        let metadata = rule.metadata;
        assert!(
            metadata
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{} is not in kebab case",
            metadata.name
        );
        assert!(!metadata.summary.ends_with('.'), "the summary of {} ends with a full stop", metadata.name);
        for name in [metadata.name].iter().chain(metadata.aliases) {
            if let Some(other) = owners.insert(name.to_lowercase(), metadata.name) {
                panic!("`{name}` belongs to {other} and {}", metadata.name);
            }
            let found = vansire_rules::rule(name).expect("a rule by its own name");
            assert_eq!(found.metadata.name, metadata.name);
        }
    }
    assert!(vansire_rules::rule("no-such-rule").is_none());
}

#[test]
fn each_kind_of_sink_has_one_rule() {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for rule in vansire_rules::rules() {
        for sink in rule.sinks {
            if let Some(other) = owners.insert(sink, rule.metadata.name) {
                panic!("`{sink}` is reported by {other} and {}", rule.metadata.name);
            }
            assert!(
                vansire_flow::text::SinkKind::parse(sink).is_some(),
                "`{sink}` of {} is no kind of sink",
                rule.metadata.name
            );
        }
    }
    for kind in vansire_flow::text::SinkKind::ALL {
        assert!(owners.contains_key(kind.as_str()), "no rule reports `{}`", kind.as_str());
    }
}

#[test]
fn pages_have_the_fixed_sections() {
    const SECTIONS: [&str; 6] =
        ["What it finds", "Why it matters", "Example", "Use instead", "Limits", "References"];
    for rule in vansire_rules::rules() {
        let metadata = rule.metadata;
        assert!(
            metadata.page.starts_with(&format!("# {}\n", metadata.name)),
            "{}.md doesn't begin with its name",
            metadata.name
        );
        let mut code = false;
        let sections: Vec<&str> = metadata
            .page
            .lines()
            .filter(|line| {
                code ^= line.starts_with("```");
                !code
            })
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(sections, SECTIONS, "in {}.md", metadata.name);
        assert!(
            metadata.page.contains(&format!("https://cwe.mitre.org/data/definitions/{}.html", metadata.cwe)),
            "{}.md doesn't refer to CWE-{}",
            metadata.name,
            metadata.cwe
        );
        assert!(
            metadata.page.contains(&metadata.owasp.replace(':', "_")),
            "{}.md doesn't refer to {}",
            metadata.name,
            metadata.owasp
        );
    }
}

#[test]
fn models_are_well_formed() {
    let mut mistakes: Vec<String> = Vec::new();
    for (path, text) in vansire_rules::models() {
        match parse(path, text) {
            Ok(model) => {
                for setting in &model.setting {
                    if vansire_rules::rule(&setting.rule).is_none() {
                        mistakes.push(format!("{path}: `{}` of a setting is no rule", setting.rule));
                    }
                }
                for check in &model.check {
                    if vansire_rules::rule(&check.rule).is_none() {
                        mistakes.push(format!("{path}: `{}` of a check is no rule", check.rule));
                    }
                }
            }
            Err(error) => mistakes.push(error.to_string()),
        }
        let page = path.replace(".toml", ".md");
        if !vansire_rules::model_pages().iter().any(|(name, _)| *name == page) {
            mistakes.push(format!("{path} has no page `{page}`"));
        }
    }
    let (_, errors) =
        ModelSet::build(vansire_rules::models(), &[], &vansire_flow::Versions::default(), Threats::default());
    mistakes.extend(errors.iter().map(ToString::to_string));
    mistakes.sort();
    mistakes.dedup();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
