//! Placeholder.
/// Placeholder.
pub fn proc_is_ours() -> bool {
    true
}
