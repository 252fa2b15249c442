"""Claims about features that must fail in an encrypted room: recording, RTMP, AI, ingress, SIP."""
