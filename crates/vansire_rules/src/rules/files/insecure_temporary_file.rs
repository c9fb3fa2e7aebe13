use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "insecure-temporary-file",
        summary: "The name of a temporary file is chosen without creating the file",
        severity: Severity::Medium,
        cwe: 377,
        owasp: "A01:2021",
        area: "files",
        aliases: &["B306", "S306", "DUO121"],
        page: include_str!("insecure-temporary-file.md"),
    },
    sinks: &[],
};
