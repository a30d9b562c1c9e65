/**
 * `--refresh` with boto3 and terraform, which keep working across renewals.
 */
import { assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { AT_ONCE } from "../patience.ts";
import { HAS_BOTO3, PYTHON } from "../python.ts";
import { startSts } from "../sts_server.ts";
import { hasProgram, job } from "./job.ts";
import { startObjectStore } from "./object_store.ts";
import { ALONE, casesWith, script, sessionSeconds } from "./refreshed.ts";

const withBoto3 = casesWith(HAS_BOTO3, "no boto3 for python3");
const withTerraform = casesWith(hasProgram("terraform", "version"), "no terraform on PATH");

const SECONDS = await sessionSeconds(script("await credentials()"));

Deno.test("--refresh across renewals", async (t) => {
  await Promise.all([
    t.step({
      ...AT_ONCE,
      ...withBoto3("keeps a boto3 program going"),
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS });
        const { code, stdout, stderr } = await job(sts, ["--refresh", "--", PYTHON, "-c", BOTO3_LOOP], ALONE);
        assertEquals([code, stdout], [0, "3\n"], stderr);
      },
    }),

    t.step({
      ...AT_ONCE,
      ...withTerraform("keeps terraform going, its state in a bucket"),
      fn: async () => {
        await using sts = await startSts({ sessionSeconds: SECONDS });
        await using store = await startObjectStore();
        const folder = await Deno.makeTempDir();
        await Deno.writeTextFile(`${folder}/main.tf`, terraformProject(sts.url, store.url));
        const commands = "set -e; terraform init -no-color; terraform apply -no-color -auto-approve; " +
          "terraform plan -no-color -detailed-exitcode";
        const { code, stdout, stderr } = await job(sts, ["--refresh", "--", "sh", "-c", commands], ALONE, {
          cwd: folder,
        });
        await Deno.remove(folder, { recursive: true });
        assertEquals(code, 0, `${stdout}\n${stderr}`);
        assertStringIncludes(stdout, "1 added");
        assertGreaterOrEqual(sts.requests.filter(({ action }) => action === "AssumeRole").length, 4);
        assertGreaterOrEqual(new Set(store.accessKeyIds).size, 2);
      },
    }),
  ]);
});

/** Calls STS until it has used three keys, and prints their number. */
const BOTO3_LOOP = `
import boto3, time
session = boto3.Session()
client, keys = session.client("sts"), set()
while len(keys) < 3:
    assert ":assumed-role/terraform-role/" in client.get_caller_identity()["Arn"]
    keys.add(session.get_credentials().get_frozen_credentials().access_key)
    time.sleep(0.1)
print(len(keys))
`;

/** A project that takes longer than a session. Terraform checks its credentials with STS at every start. */
function terraformProject(sts: string, s3: string): string {
  return `
terraform {
  backend "s3" {
    bucket                      = "state"
    key                         = "terraform.tfstate"
    region                      = "us-east-1"
    endpoints                   = { s3 = "${s3}", sts = "${sts}" }
    use_path_style              = true
    skip_region_validation      = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
  }
}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "sleep ${SECONDS * 1.5}"
  }
}
`;
}
