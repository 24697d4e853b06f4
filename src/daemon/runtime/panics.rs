//! Panics go to the log, where somebody looks, and not to a standard error that nobody reads.

/// Makes every panic a line in the log.
pub fn log() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let text =
            payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        tracing::error!(place, text = text.unwrap_or("no text"), "panic");
    }));
}
