use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "cgi-proxy-header",
        summary: "Under CGI, clients can choose the proxy that the program's own requests go through",
        severity: Severity::High,
        cwe: 807,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["B412", "S412"],
        page: include_str!("cgi-proxy-header.md"),
    },
    sinks: &[],
};
