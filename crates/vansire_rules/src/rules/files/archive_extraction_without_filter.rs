use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "archive-extraction-without-filter",
        summary: "A tar archive is extracted with whatever names, links and permissions it holds",
        severity: Severity::Medium,
        cwe: 22,
        owasp: "A01:2021",
        area: "files",
        aliases: &["B202", "S202", "DUO115"],
        page: include_str!("archive-extraction-without-filter.md"),
    },
    sinks: &[],
};
