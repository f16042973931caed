"""What tests of several areas share: plugins of pytest, and steps that no single area owns."""
