export const CALLED = {
  "ml-ci": {
    "inputs": [
      "config",
      "name",
      "python-version",
      "requirements",
      "install",
      "lint",
      "test",
      "candidate",
      "candidate-digest",
      "candidate-predictions",
      "train",
      "looks",
      "dockerfile",
      "image-context",
      "keep-model",
      "runs-on",
      "gate-runs-on",
      "container",
      "environment",
      "timeout"
    ],
    "secrets": [
      "ML_LOOP_ENV"
    ],
    "permissions": {
      "contents": "read",
      "packages": "read",
      "id-token": "write",
      "attestations": "write",
      "checks": "write",
      "pull-requests": "write",
      "statuses": "write"
    },
    "operations": [],
    "jobs": [
      "plan",
      "test",
      "validate (${{ matrix.model.name }})",
      "image",
      "gate"
    ]
  },
  "ml-cd": {
    "inputs": [
      "operation",
      "version",
      "expect",
      "config",
      "name",
      "python-version",
      "requirements",
      "install",
      "lint",
      "test",
      "train",
      "train-elsewhere",
      "looks",
      "staging",
      "integration-test",
      "dockerfile",
      "image-context",
      "image",
      "approval",
      "environment",
      "staging-environment",
      "ci-environment",
      "wait",
      "runs-on",
      "gate-runs-on",
      "container",
      "timeout"
    ],
    "secrets": [
      "ML_LOOP_ENV",
      "REGISTRY_USERNAME",
      "REGISTRY_PASSWORD"
    ],
    "permissions": {
      "contents": "write",
      "id-token": "write",
      "packages": "write",
      "attestations": "write",
      "checks": "write",
      "pull-requests": "write",
      "statuses": "write",
      "actions": "read"
    },
    "operations": [
      "start",
      "resume",
      "approve",
      "promote",
      "abort",
      "rollback"
    ],
    "jobs": [
      "training",
      "ci / plan",
      "ci / test",
      "ci / validate (${{ matrix.model.name }})",
      "ci / image",
      "ci / gate",
      "record",
      "register",
      "package",
      "staging",
      "approval",
      "release"
    ]
  },
  "ml-ct": {
    "inputs": [
      "operation",
      "config",
      "name",
      "python-version",
      "requirements",
      "install",
      "lint",
      "test",
      "train",
      "train-elsewhere",
      "looks",
      "staging",
      "integration-test",
      "dockerfile",
      "image-context",
      "image",
      "approval",
      "environment",
      "staging-environment",
      "ci-environment",
      "wait",
      "runs-on",
      "gate-runs-on",
      "container",
      "timeout"
    ],
    "secrets": [
      "ML_LOOP_ENV",
      "REGISTRY_USERNAME",
      "REGISTRY_PASSWORD"
    ],
    "permissions": {
      "contents": "write",
      "packages": "write",
      "id-token": "write",
      "actions": "read",
      "attestations": "write",
      "checks": "write",
      "pull-requests": "write",
      "statuses": "write"
    },
    "operations": [
      "auto",
      "watch",
      "retrain"
    ],
    "jobs": [
      "watch",
      "request",
      "cd / training",
      "cd / ci / plan",
      "cd / ci / test",
      "cd / ci / validate (${{ matrix.model.name }})",
      "cd / ci / image",
      "cd / ci / gate",
      "cd / record",
      "cd / register",
      "cd / package",
      "cd / staging",
      "cd / approval",
      "cd / release"
    ]
  }
};
