"""Fills moto's S3 for test/services/s3.test.ts: buckets, objects of all kinds, and users; prints their keys as JSON."""

import json
import sys

import boto3

HERE = {
    "endpoint_url": sys.argv[1],
    "aws_access_key_id": "setup",
    "aws_secret_access_key": "setup",
    "region_name": "us-east-1",
}
s3, iam = boto3.client("s3", **HERE), boto3.client("iam", **HERE)
PART = 5 * 2**20


def fill(bucket):
    whole = {"Bucket": bucket, "ChecksumAlgorithm": "SHA256"}
    s3.create_bucket(Bucket=bucket)
    if bucket == "versioned":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Key="demand/1/model.json", Body=b'{"w":1}', **whole)
    s3.put_object(Key="demand/1/sub/ü a+b&c=(d)'!*~.bin", Body=b"abc", **whole)
    s3.put_object(Bucket=bucket, Key="demand/1/")
    s3.put_object(Key="demand/10/model.json", Body=b"another", **whole)
    s3.put_object(Bucket=bucket, Key="plain/model.json", Body=b'{"w":1}')
    parts(bucket, "parts/weights.bin")


def parts(bucket, key):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    done = []
    for number, body in ((1, b"x" * PART), (2, b"y")):
        part = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        done.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": done})


def user(name, *actions):
    iam.create_user(UserName=name)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
    iam.put_user_policy(UserName=name, PolicyName="models", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


fill("models")
fill("versioned")
READ = ("s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion")
print(json.dumps({"reader": user("reader", *READ), "lister": user("lister", "s3:ListBucket")}))
