"""A click becomes a mask, a mask becomes a track. Segmenters make prompts; they never answer."""
