use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unrestricted-file-write",
        summary: "The user chooses both the name and the content of a file",
        severity: Severity::High,
        cwe: 434,
        owasp: "A04:2021",
        area: "files",
        aliases: &[],
        page: include_str!("unrestricted-file-write.md"),
    },
    sinks: &["write-path"],
};
