"""Sends sound and pictures to servers of others by RTMP, which members named."""
