use xxhash_rust::xxh3::xxh3_128;

/// How much of the code at a finding counts, in characters without white space: what stands later in a long call can
/// change.
const CODE_LENGTH: usize = 120;

/// The identity of a finding across edits: hashed from the rule, the path, the qualified name of the
/// enclosing function, the beginning of the code at the finding, and the number of earlier findings in that file for
/// which all of these are the same. Line numbers don't enter, so that edits elsewhere in the file leave it alone; of the
/// code neither white space nor quotes nor commas at the end of a list do, so that formatters do, too.
///
/// Returns 32 hexadecimal digits.
pub fn fingerprint(rule: &str, path: &str, scope: &str, code: &str, occurrence: usize) -> String {
    let code = squeeze(code);
    let text = format!("{rule}\0{path}\0{scope}\0{code}\0{occurrence}");
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

/// Code without what formatters change.
fn squeeze(code: &str) -> String {
    let mut squeezed = String::new();
    for character in code.chars().filter(|character| !character.is_whitespace() && *character != '\\') {
        if matches!(character, ')' | ']' | '}') && squeezed.ends_with(',') {
            squeezed.pop();
        }
        squeezed.push(if character == '\'' { '"' } else { character });
    }
    squeezed.chars().take(CODE_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn ignores_white_space_and_sees_everything_else() {
        let base = fingerprint("weak-hash", "a.py", "f", "x = md5(y)", 0);
        assert_eq!(base, fingerprint("weak-hash", "a.py", "f", "    x  = md5( y )", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "f", "x = md5(z)", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "g", "x = md5(y)", 0));
        assert_ne!(base, fingerprint("weak-hash", "a.py", "f", "x = md5(y)", 1));
    }

    #[test]
    fn formatting_changes_nothing() {
        let base = fingerprint("weak-hash", "a.py", "f", "md5(name('a'), b)", 0);
        assert_eq!(base, fingerprint("weak-hash", "a.py", "f", "md5(\n    name(\"a\"),\n    b,\n)", 0));
    }
}
