//! Words for messages.

/// `` `a`, `b` and `c` ``.
pub fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [start @ .., last] => {
            let start: Vec<String> = start.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", start.join(", "))
        }
    }
}
