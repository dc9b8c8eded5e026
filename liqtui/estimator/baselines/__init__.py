"""The simple methods the model has to beat: published ones, and those that know next to nothing."""
