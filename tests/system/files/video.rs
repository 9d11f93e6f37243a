//! A browser that plays a video.
